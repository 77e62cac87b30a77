import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { SearchText } from './search.ts';

export interface Filters {
  /** What the address says now. */
  readonly values: SearchText;
  /** Changes the named ones; an empty text or undefined removes. The back button undoes it. */
  readonly set: (change: SearchText) => void;
  /** Like `set`, but the back button skips it: for what changes with every key. */
  readonly replace: (change: SearchText) => void;
}

/**
 * The filters of a view live in the address, so that a link shows what the reader sees. With names, `values` has only
 * these: a list's API refuses what it does not know, and an address may have more (a tab, the tenant).
 */
export function useFilters(...names: readonly string[]): Filters {
  const search = useSearch({ strict: false }) as SearchText;
  const values = names.length === 0 ? search : Object.fromEntries(names.map((name) => [name, search[name]]));
  const navigate = useNavigate();
  const go = useCallback(
    (change: SearchText, replace: boolean) => {
      const search = (before: SearchText): SearchText =>
        Object.fromEntries(
          Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined && value !== ''),
        );
      // The search's type is each route's own; a filter's name is checked by the gateway.
      void navigate({ to: '.', search: search as never, replace });
    },
    [navigate],
  );
  return { values, set: (change) => go(change, false), replace: (change) => go(change, true) };
}
