import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { consoleRoute } from '../../shell/root-route.tsx';

export const trustRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/trust',
  component: lazyRouteComponent(() => import('./trust.tsx'), 'Trust'),
});
