import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { consoleRoute } from '../../shell/root-route.tsx';

export const verifyRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/verify',
  component: lazyRouteComponent(() => import('./verify.tsx'), 'Verify'),
});
