import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { consoleRoute } from '../../shell/root-route.tsx';
import { searchOf } from '../../shell/search.ts';

export const eventsRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/events',
  validateSearch: searchOf(
    'tenant',
    'campaign',
    'operator',
    'severity',
    'technique',
    'fingerprint',
    'attestation',
    'from',
    'to',
  ),
  component: lazyRouteComponent(() => import('./events.tsx'), 'Events'),
});

/** An event's key is in the query: what peers call things is no path. */
export const eventRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/events/one',
  validateSearch: searchOf('tenant', 'operator', 'event', 'bytes'),
  component: lazyRouteComponent(() => import('./event.tsx'), 'EventPage'),
});
