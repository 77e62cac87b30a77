import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from './root-route.tsx';
import { searchOf } from './search.ts';

export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  // `refused`: the identity provider sent the browser back without a user of the console.
  validateSearch: searchOf('back', 'refused'),
  component: lazyRouteComponent(() => import('./sign-in.tsx'), 'SignIn'),
});
