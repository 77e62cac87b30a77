import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from 'react';
import { rowAfterKey } from './row-after-key.ts';

interface RowKeysOptions {
  readonly count: number;
  /** Brings the row into the visible part, and thereby into the document. */
  readonly reveal: (index: number) => void;
  readonly open: (index: number) => void;
}

/** One stop of the Tab key for the whole table; within it the keys walk. */
export function useRowKeys({ count, reveal, open }: RowKeysOptions) {
  const [chosen, setAt] = useState(0);
  const at = Math.min(chosen, Math.max(0, count - 1));
  const wanted = useRef<{ readonly index: number; readonly grid: Element } | null>(null);
  useEffect(() => {
    if (wanted.current === null) return;
    // A row far away is there only after the page has scrolled to it: every render looks again.
    const { index, grid } = wanted.current;
    const row = grid.querySelector<HTMLElement>(`[data-index="${index}"]`);
    if (row === null) return;
    wanted.current = null;
    row.focus({ preventScroll: true });
  });
  const onKeyDown = (key: KeyboardEvent<HTMLElement>): void => {
    if (key.altKey || key.ctrlKey || key.metaKey || !(key.target instanceof HTMLElement)) return;
    const isRow = key.target.getAttribute('role') === 'row';
    if (key.key === 'Enter' && isRow) {
      key.preventDefault();
      open(at);
      return;
    }
    if (key.target.closest('input, select, textarea') !== null) return;
    const next = rowAfterKey(key.key, at, count);
    if (next === null) return;
    key.preventDefault();
    wanted.current = { index: next, grid: key.currentTarget };
    reveal(next);
    setAt(next);
  };
  const focus = useCallback((index: number) => setAt(index), []);
  return { at, onKeyDown, focus };
}
