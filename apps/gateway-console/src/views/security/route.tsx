import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { consoleRoute } from '../../shell/root-route.tsx';
import { searchOf } from '../../shell/search.ts';

export const securityRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/security',
  validateSearch: searchOf('tenant', 'code', 'level', 'identity', 'from', 'to'),
  component: lazyRouteComponent(() => import('./security.tsx'), 'Security'),
});
