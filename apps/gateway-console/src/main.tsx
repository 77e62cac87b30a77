import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './theme/tokens.css';
import './theme/base.css';
import { makeQueryClient } from './api/query-client.ts';
import { GatewayAway } from './api/refusal.ts';
import { sessionQuery } from './api/session.ts';
import { watchGateway } from './shell/away.ts';
import { takeLink } from './shell/link-token.ts';
import { forbidEval } from './shell/no-eval.ts';
import { makeRouter } from './shell/router.tsx';
import { fetchViewsWhenIdle } from './shell/view-code.ts';

forbidEval();
takeLink('/console/sign-in');

const watch = watchGateway(
  () =>
    cache.fetchQuery({ ...sessionQuery, staleTime: 0 }).then(
      () => true,
      (error: unknown) => !(error instanceof GatewayAway),
    ),
  () => void cache.invalidateQueries(),
);
const cache = makeQueryClient({ expired: signIn, away: watch.away, back: watch.back });
const router = makeRouter(cache);

/** The way back is the address as it is: view, filters and all. */
function signIn(): void {
  const { pathname, href } = router.state.location;
  if (pathname === '/sign-in') return;
  cache.removeQueries({ queryKey: sessionQuery.queryKey });
  void router.navigate({ to: '/sign-in', search: { back: href } });
}

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    {/* style-src 'self': no component may bring a <style> element. */}
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={cache}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
fetchViewsWhenIdle(() => router.state.status === 'pending' || cache.isFetching() > 0);
