import { queryOptions, useQuery } from '@tanstack/react-query';
import { api } from './client.ts';
import type { Answer } from './types.ts';

export type Session = Answer<'/session'>;
export type Role = Session['role'];

export const sessionQuery = queryOptions({
  queryKey: ['/session'],
  staleTime: 60_000,
  queryFn: async ({ signal }) => (await api.GET('/session', { signal })).data as Session,
});

/** The session of the page; the layout is not shown without one. */
export function useSession(): Session | undefined {
  return useQuery(sessionQuery).data;
}

/** Whether to offer an action. It is the gateway that decides; a button that would be refused is not shown. */
export function useMay(...roles: readonly Role[]): boolean {
  const session = useSession();
  return session !== undefined && roles.includes(session.role);
}
