import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { consoleRoute } from '../../shell/root-route.tsx';

export const attackRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/attack',
  component: lazyRouteComponent(() => import('./attack.tsx'), 'Attack'),
});
