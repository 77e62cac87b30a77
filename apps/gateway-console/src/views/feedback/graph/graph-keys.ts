import type { Point } from './camera.ts';

/** What a key does on the canvas. */
export type GraphKey =
  | { readonly do: 'select'; readonly towards: Point }
  | { readonly do: 'pan'; readonly by: Point }
  | { readonly do: 'zoom'; readonly inwards: boolean }
  | { readonly do: 'fit' | 'open' | 'clear' | 'next-match' | 'previous-match' };

const DIRECTIONS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** Pixels that Shift and an arrow move. */
const PAN = 80;

/** null: a key that is not ours; the page gets it. */
export function graphKey(event: {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}): GraphKey | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const direction = DIRECTIONS[event.key];
  if (direction !== undefined) {
    return event.shiftKey
      ? { do: 'pan', by: { x: -direction.x * PAN, y: -direction.y * PAN } }
      : { do: 'select', towards: direction };
  }
  switch (event.key) {
    case '+':
    case '=':
      return { do: 'zoom', inwards: true };
    case '-':
      return { do: 'zoom', inwards: false };
    case '0':
      return { do: 'fit' };
    case 'Enter':
      return { do: 'open' };
    case 'Escape':
      return { do: 'clear' };
    case 'n':
      return { do: 'next-match' };
    case 'N':
    case 'p':
      return { do: 'previous-match' };
    default:
      return null;
  }
}
