import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { consoleRoute } from '../../shell/root-route.tsx';

export const securityRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/security',
  component: lazyRouteComponent(() => import('./security.tsx'), 'SecurityEvents'),
});
