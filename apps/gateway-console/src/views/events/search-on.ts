import { useEffect } from 'react';
import type { List } from '../../api/hooks.ts';

/**
 * A page of the API can be empty and not be the last: it looked for a bounded time. Until there is a row, or the end, the next
 * one is asked for by itself; then it is the reader's to ask for more. True while it searches.
 */
export function useSearchOn<Row>(list: List<Row>): boolean {
  const { rows, isMore, isLoadingMore, error, loadMore } = list;
  const goesOn = rows.length === 0 && isMore && error === null;
  useEffect(() => {
    if (goesOn && !isLoadingMore) loadMore();
  }, [goesOn, isLoadingMore, loadMore]);
  return goesOn;
}
