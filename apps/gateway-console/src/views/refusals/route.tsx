import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { consoleRoute } from '../../shell/root-route.tsx';

export const refusalsRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/refusals',
  component: lazyRouteComponent(() => import('./refusals.tsx'), 'Refusals'),
});
