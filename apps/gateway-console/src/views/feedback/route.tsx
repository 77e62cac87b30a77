import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { consoleRoute } from '../../shell/root-route.tsx';
import { searchOf } from '../../shell/search.ts';

export const feedbackRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/feedback',
  validateSearch: searchOf(
    'tab',
    'action',
    'cause',
    'state',
    'fingerprint',
    'target',
    'operator',
    'from',
    'to',
  ),
  component: lazyRouteComponent(() => import('./feedback.tsx'), 'Feedback'),
});

export const graphPageRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/feedback/graphs/$tenant/$request',
  validateSearch: searchOf('find', 'node', 'as'),
  component: lazyRouteComponent(() => import('./graph-page.tsx'), 'GraphPage'),
});

export const adjustmentPageRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/feedback/adjustments/$tenant/$number',
  component: lazyRouteComponent(() => import('./adjustment-page.tsx'), 'AdjustmentPage'),
});

export const issuePageRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/feedback/issue',
  /** What the adjustment is about: a graph (`request`), or a finding (`operator`, `finding`). */
  validateSearch: searchOf('basis', 'tenant', 'request', 'operator', 'finding'),
  component: lazyRouteComponent(() => import('./issue-page.tsx'), 'IssuePage'),
});
