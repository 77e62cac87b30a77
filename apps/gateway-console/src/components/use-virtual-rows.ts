import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useState } from 'react';
import type { List } from '../api/hooks.ts';
import { useScrollArea } from './scroll-area.ts';

/** Pixels of a row of one line; a card is measured when it is there. */
const ROW_HEIGHT = 36;

interface VirtualRow {
  readonly index: number;
  readonly key: string;
  readonly top: number;
}

export interface VirtualRows {
  readonly items: readonly VirtualRow[];
  readonly height: number;
  readonly body: (element: HTMLElement | null) => void;
  readonly measure: (element: Element | null) => void;
  readonly reveal: (index: number) => void;
}

/** Which rows are near the visible part of the page's scroll area, and where. Near the end it asks for more. */
export function useVirtualRows(
  count: number,
  keyOf: (index: number) => string,
  list: Pick<List<unknown>, 'isMore' | 'isLoadingMore' | 'loadMore' | 'error'>,
): VirtualRows {
  const area = useScrollArea();
  const [body, setBody] = useState<HTMLElement | null>(null);
  const [margin, setMargin] = useState(0);
  // What stands above the table (filters, notes) changes its height: rows move with it.
  useLayoutEffect(() => {
    if (body === null || area === null) return;
    const look = (): void => {
      const top = body.getBoundingClientRect().top - area.getBoundingClientRect().top + area.scrollTop;
      setMargin(Math.round(top));
    };
    look();
    const observer = new ResizeObserver(look);
    for (const child of [area, ...area.children]) observer.observe(child);
    return () => observer.disconnect();
  }, [body, area]);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => area,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: keyOf,
    overscan: 10,
    scrollMargin: margin,
    // The head sticks to the top: a row is not revealed below it.
    scrollPaddingStart: ROW_HEIGHT,
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { isMore, isLoadingMore, loadMore, error } = list;
  useEffect(() => {
    if (isMore && !isLoadingMore && error === null && last >= count - 5) loadMore();
  }, [isMore, isLoadingMore, error, last, count, loadMore]);
  return {
    items: items.map((item) => ({ index: item.index, key: String(item.key), top: item.start - margin })),
    height: virtualizer.getTotalSize(),
    body: useCallback((element: HTMLElement | null) => setBody(element), []),
    measure: virtualizer.measureElement,
    reveal: (index) => virtualizer.scrollToIndex(index, { align: 'auto' }),
  };
}
