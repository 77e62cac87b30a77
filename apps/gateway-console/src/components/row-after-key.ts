/** Rows that Page Up and Page Down pass over. */
const LEAP = 15;

/** The row that a key leads to from row `at` of `count`; null: the key is none of the table's. */
export function rowAfterKey(key: string, at: number, count: number): number | null {
  if (count === 0) return null;
  const within = (index: number): number => Math.max(0, Math.min(count - 1, index));
  switch (key) {
    case 'j':
    case 'ArrowDown':
      return within(at + 1);
    case 'k':
    case 'ArrowUp':
      return within(at - 1);
    case 'PageDown':
      return within(at + LEAP);
    case 'PageUp':
      return within(at - LEAP);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
