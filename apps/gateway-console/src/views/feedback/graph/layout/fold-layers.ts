/** Units are CSS pixels at zoom 1. */
export const NODE_WIDTH = 148;
export const NODE_HEIGHT = 22;
/** From the top of a node to that of the next one. */
export const ROW = 30;
const COLUMN_GAP = 20;
/** Between layers, so that edges have room. */
export const LAYER_GAP = 110;
/** Width by height that folding aims for: between that of a page and that of a telephone. */
export const ASPECT = 1.3;

/** A layer, or a part of the page that is placed like one. */
type Group = readonly number[];

export interface Bands {
  readonly bands: readonly (readonly Group[])[];
  /** A layer with more nodes than this has several columns. */
  readonly rows: number;
}

/** Of a layer of so many columns. */
export function widthOf(columns: number): number {
  return columns * NODE_WIDTH + (columns - 1) * COLUMN_GAP;
}

/** How to fold layers so that the whole is about as wide as a screen. */
export function bandsOf(groups: readonly Group[]): Bands {
  const rows = rowsFor(groups);
  const total = lineWidth(groups, rows);
  if (total <= ASPECT * rows * ROW * 4) return { bands: groups.length === 0 ? [] : [groups], rows };
  // Even the longest layer makes one line far too flat. The width at which lines, stacked, look like a screen:
  let [low, high] = [widthOf(1), total];
  for (let step = 0; step < 24; step += 1) {
    const width = (low + high) / 2;
    if (width > ASPECT * stackHeight(breakLines(groups, rows, width), rows)) high = width;
    else low = width;
  }
  return { bands: breakLines(groups, rows, high), rows };
}

/** The fewest rows with which everything is no wider than ASPECT times its height. */
function rowsFor(groups: readonly Group[]): number {
  let [low, high] = [1, Math.max(1, ...groups.map((group) => group.length))];
  while (low < high) {
    const rows = Math.floor((low + high) / 2);
    if (lineWidth(groups, rows) <= ASPECT * rows * ROW) high = rows;
    else low = rows + 1;
  }
  return low;
}

function lineWidth(groups: readonly Group[], rows: number): number {
  return groups.reduce((sum, group) => sum + widthOf(Math.ceil(group.length / rows)) + LAYER_GAP, -LAYER_GAP);
}

function breakLines(groups: readonly Group[], rows: number, width: number): readonly (readonly Group[])[] {
  const lines: Group[][] = [];
  let left = Number.POSITIVE_INFINITY;
  for (const group of groups) {
    const own = widthOf(Math.ceil(group.length / rows));
    if (left + own > width) {
      lines.push([]);
      left = 0;
    }
    lines.at(-1)?.push(group);
    left += own + LAYER_GAP;
  }
  return lines;
}

function stackHeight(lines: readonly (readonly Group[])[], rows: number): number {
  return lines.reduce(
    (sum, line) => sum + ROW * (2 + Math.max(...line.map((group) => Math.min(rows, group.length)))),
    0,
  );
}
