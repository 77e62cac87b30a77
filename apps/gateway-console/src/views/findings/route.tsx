import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { consoleRoute } from '../../shell/root-route.tsx';
import { searchOf } from '../../shell/search.ts';

export const findingsRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/findings',
  validateSearch: searchOf(
    'tenant',
    'campaign',
    'operator',
    'severity',
    'status',
    'technique',
    'fingerprint',
    'attestation',
    'from',
    'to',
  ),
  component: lazyRouteComponent(() => import('./findings.tsx'), 'Findings'),
});

export const findingRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/findings/one',
  validateSearch: searchOf('tenant', 'operator', 'finding'),
  component: lazyRouteComponent(() => import('./finding.tsx'), 'FindingPage'),
});
