import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  Outlet,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router';
import { Refusal } from '../api/refusal.ts';
import { sessionQuery } from '../api/session.ts';
import { Layout } from './layout.tsx';
import { searchOf } from './search.ts';
import { NotFound, Trouble } from './trouble.tsx';

export interface RouterContext {
  readonly cache: QueryClient;
}

export const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: Trouble,
});

/** What is shown to somebody who is signed in; the parent of every view. */
export const consoleRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'console',
  component: Layout,
  errorComponent: Trouble,
  validateSearch: searchOf('tenant'),
  // The tenant that the reader looks at goes along from view to view.
  search: { middlewares: [retainSearchParams(['tenant'])] },
  beforeLoad: async ({ context, location }) => {
    try {
      await context.cache.ensureQueryData(sessionQuery);
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) {
        throw redirect({ to: '/sign-in', search: { back: location.href } });
      }
      throw error;
    }
  },
});
