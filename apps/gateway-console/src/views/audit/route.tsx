import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { consoleRoute } from '../../shell/root-route.tsx';

export const auditRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/audit',
  component: lazyRouteComponent(() => import('./audit.tsx'), 'Audit'),
});
