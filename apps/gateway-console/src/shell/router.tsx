import type { QueryClient } from '@tanstack/react-query';
import { createRouter } from '@tanstack/react-router';
import { VIEWS } from '../views.ts';
import { consoleRoute, rootRoute } from './root-route.tsx';
import { parseSearch, stringifySearch } from './search.ts';
import { signInRoute } from './sign-in-route.tsx';
import { NotFound, Trouble } from './trouble.tsx';

const routeTree = rootRoute.addChildren([signInRoute, consoleRoute.addChildren(VIEWS)]);

export function makeRouter(cache: QueryClient) {
  return createRouter({
    routeTree,
    basepath: '/console',
    context: { cache },
    parseSearch,
    stringifySearch,
    // What a route does not name is not carried to its API, which would refuse it: a link grows parameters on its way.
    search: { strict: true },
    defaultPreload: 'intent',
    defaultErrorComponent: Trouble,
    defaultNotFoundComponent: NotFound,
    scrollRestoration: true,
    scrollToTopSelectors: ['#main'],
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
