import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from './client.ts';
import { Refusal } from './refusal.ts';
import type {
  Answer,
  Body,
  Changed,
  GetPath,
  Item,
  ListPath,
  Page,
  Params,
  PostPath,
  Query,
} from './types.ts';

/** The untyped inside of the typed client; the hooks below give the types back. */
type Call = (path: string, init: object) => Promise<{ readonly data?: unknown }>;

function sent(query: Query): Query {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined && value !== ''));
}

export interface AnswerOptions {
  readonly params?: Params;
  readonly query?: Query;
  readonly enabled?: boolean;
  /** Milliseconds after which it is read again while the page is seen. */
  readonly every?: number;
}

/** One answer: `const { data, error, isPending } = useAnswer('/session')`. */
export function useAnswer<P extends GetPath>(path: P, options: AnswerOptions = {}) {
  const { params = {}, enabled = true, every } = options;
  const query = sent(options.query ?? {});
  return useQuery({
    queryKey: [path, params, query],
    enabled,
    refetchInterval: every ?? false,
    queryFn: async ({ signal }) => {
      const { data } = await (api.GET as Call)(path, { params: { path: params, query }, signal });
      return data as Answer<P>;
    },
  });
}

/** What `<DataTable>` takes: rows so far, and how to get more. */
export interface List<Row> {
  readonly rows: readonly Row[];
  readonly error: Error | null;
  /** The first page is on its way. */
  readonly isPending: boolean;
  readonly isMore: boolean;
  readonly isLoadingMore: boolean;
  readonly loadMore: () => void;
  readonly again: () => void;
}

export interface ListOptions {
  readonly params?: Params;
  readonly enabled?: boolean;
  /** Rows a call, 1 to 500. */
  readonly limit?: number;
}

/** A keyset list, page after page: `const list = useList('/events', filters.values)`. */
export function useList<P extends ListPath>(
  path: P,
  filters: Query,
  options: ListOptions = {},
): List<Item<P>> {
  const { params = {}, enabled = true, limit = 100 } = options;
  const query = sent(filters);
  const found = useInfiniteQuery({
    queryKey: [path, params, query, limit],
    enabled,
    initialPageParam: null as string | null,
    getNextPageParam: (last: Page<Item<P>>) => last.next,
    queryFn: async ({ pageParam, signal }) => {
      const page = pageParam === null ? { ...query, limit } : { ...query, limit, after: pageParam };
      const { data } = await (api.GET as Call)(path, { params: { path: params, query: page }, signal });
      return data as Page<Item<P>>;
    },
  });
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.items) ?? [], [found.data]);
  return {
    rows,
    error: found.error,
    isPending: found.isPending && enabled,
    isMore: found.hasNextPage,
    isLoadingMore: found.isFetchingNextPage,
    loadMore: () => void found.fetchNextPage({ cancelRefetch: false }),
    again: () => void found.refetch(),
  };
}

/**
 * A change: `const revoke = useChange('/keys/{kid}/revoke')`, then
 * `await revoke.mutateAsync({ params: { kid }, body: { reason } })`. Everything shown is read again afterwards.
 */
export function useChange<P extends PostPath>(path: P) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ params = {}, body }: { readonly params?: Params; readonly body: Body<P> }) => {
      const send = () => (api.POST as Call)(path, { params: { path: params }, body });
      // Signed in anew in another tab: nothing was done, and the second try asks for the new session's token.
      const { data } = await send().catch((error: unknown) => {
        if (error instanceof Refusal && error.code === 'csrf_required') return send();
        throw error;
      });
      return data as Changed<P>;
    },
    onSuccess: () => cache.invalidateQueries(),
  });
}
