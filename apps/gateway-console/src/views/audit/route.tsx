import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { consoleRoute } from '../../shell/root-route.tsx';
import { searchOf } from '../../shell/search.ts';

export const auditRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/audit',
  validateSearch: searchOf(
    'tab',
    'tenant',
    'sequence',
    'request',
    'class',
    'code',
    'action',
    'actor',
    'from',
    'to',
    'cosigned',
  ),
  component: lazyRouteComponent(() => import('./audit.tsx'), 'Audit'),
});

export const auditEntryRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/audit/$sequence',
  component: lazyRouteComponent(() => import('./entry.tsx'), 'AuditEntry'),
});
