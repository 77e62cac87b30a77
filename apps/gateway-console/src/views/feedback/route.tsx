import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { consoleRoute } from '../../shell/root-route.tsx';

export const feedbackRoute = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/feedback',
  component: lazyRouteComponent(() => import('./feedback.tsx'), 'Feedback'),
});
