/** What a drawn column costs besides its text: a border and a blank on either side. */
const FRAME_PER_COLUMN = 3;
/** A column is never made narrower than this, unless its texts are: a hash in slices of five is no help. */
const NARROWEST = 16;

/**
 * Widths of the columns of a drawn table that fit `available`: the widest are made narrower first. null: they do not
 * fit, whatever is done. `available` null: as wide as they are.
 */
export function fitColumns(
  natural: readonly number[],
  heads: readonly number[],
  available: number | null,
): readonly number[] | null {
  const widths = [...natural];
  if (available === null) return widths;
  const room = available - FRAME_PER_COLUMN * widths.length - 1;
  const least = widths.map((width, column) => Math.min(width, Math.max(NARROWEST, heads[column] ?? 0)));
  if (sum(least) > room) return null;
  for (let over = sum(widths) - room; over > 0; over -= 1) {
    let widest = -1;
    for (const [column, width] of widths.entries()) {
      const shrinks = width > (least[column] ?? 0);
      if (shrinks && (widest < 0 || width > (widths[widest] ?? 0))) widest = column;
    }
    widths[widest] = (widths[widest] ?? 1) - 1;
  }
  return widths;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
