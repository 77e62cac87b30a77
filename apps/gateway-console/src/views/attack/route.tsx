import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { consoleRoute } from '../../shell/root-route.tsx';
import { searchOf } from '../../shell/search.ts';

export const attackRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/attack',
  validateSearch: searchOf('tenant', 'from', 'to', 'by', 'show'),
  component: lazyRouteComponent(() => import('./attack.tsx'), 'Attack'),
});
