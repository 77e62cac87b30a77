import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { GatewayAway, Refusal } from './refusal.ts';

/** What the whole page must hear of, whichever call met it first. */
export interface Heard {
  /** The session is over: sign in, and back to the same place. */
  readonly expired: () => void;
  readonly away: () => void;
  readonly back: () => void;
}

export function makeQueryClient(heard: Heard): QueryClient {
  const failed = (error: Error): void => {
    if (error instanceof GatewayAway) heard.away();
    if (error instanceof Refusal && error.status === 401) heard.expired();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError: failed, onSuccess: heard.back }),
    mutationCache: new MutationCache({ onError: failed, onSuccess: heard.back }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // A refusal stays one; a gateway that is away is asked again by the bar that says so.
        retry: false,
        networkMode: 'always',
        refetchOnWindowFocus: false,
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}
