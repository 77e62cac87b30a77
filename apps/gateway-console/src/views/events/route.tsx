import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { consoleRoute } from '../../shell/root-route.tsx';

export const eventsRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/events',
  component: lazyRouteComponent(() => import('./events.tsx'), 'Events'),
});
