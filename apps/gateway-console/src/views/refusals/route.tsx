import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { consoleRoute } from '../../shell/root-route.tsx';
import { searchOf } from '../../shell/search.ts';

export const refusalsRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/refusals',
  validateSearch: searchOf('tenant', 'code', 'identity', 'from', 'to'),
  component: lazyRouteComponent(() => import('./refusals.tsx'), 'Refusals'),
});

/** One refusal or security event, by its sequence in the audit log. */
export const refusalRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/refusals/$sequence',
  component: lazyRouteComponent(() => import('./refusal.tsx'), 'Refusal'),
});
