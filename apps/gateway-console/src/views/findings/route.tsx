import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { consoleRoute } from '../../shell/root-route.tsx';

export const findingsRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/findings',
  component: lazyRouteComponent(() => import('./findings.tsx'), 'Findings'),
});
