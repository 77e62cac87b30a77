import { type Adjacency, adjacencyOf, at, type LayoutInput } from './edges.ts';
import { bandsOf, LAYER_GAP, ROW, widthOf } from './fold-layers.ts';

export interface Placed {
  /** Left and top of each node, in CSS pixels at zoom 1. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** Between bands. */
const BAND_GAP = 60;

/**
 * Places layers from left to right. A layer that is much longer than the others (an execution with a thousand events) is folded
 * into columns, because a strip that is one node wide can be seen only from far away; very many layers are folded into bands,
 * like lines of text. A short layer is drawn to what leads to it.
 */
export function placeNodes(
  input: LayoutInput,
  layers: readonly (readonly number[])[],
  alone: readonly number[],
): Placed {
  const { bands, rows } = bandsOf(alone.length === 0 ? layers : [...layers, alone]);
  const x = new Float32Array(input.nodeCount);
  const y = new Float32Array(input.nodeCount);
  const before = adjacencyOf(input.nodeCount, input.to, input.from);
  let [width, bottom] = [0, 0];
  for (const band of bands) {
    const height = ROW * Math.max(...band.map((group) => Math.min(rows, group.length)));
    const top = bottom === 0 ? 0 : bottom + BAND_GAP;
    let left = 0;
    for (const group of band) {
      const columns = Math.ceil(group.length / rows);
      if (columns > 1) fold(group, columns, { left, top, height }, x, y);
      else pull(group, before, { left, top, height }, x, y);
      left += widthOf(columns) + LAYER_GAP;
    }
    width = Math.max(width, left - LAYER_GAP);
    bottom = top + height;
  }
  return { x, y, width: Math.max(width, widthOf(1)), height: Math.max(bottom, ROW) };
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly height: number;
}

/** Row by row, so that what is near in the order is near in height, and edges stay near the height of their other end. */
function fold(group: readonly number[], columns: number, box: Box, x: Float32Array, y: Float32Array): void {
  const top = box.top + (box.height - Math.ceil(group.length / columns) * ROW) / 2;
  const pitch = widthOf(2) - widthOf(1);
  for (const [index, node] of group.entries()) {
    x[node] = box.left + (index % columns) * pitch;
    y[node] = top + Math.floor(index / columns) * ROW;
  }
}

/** Each at the mean height of what leads to it, pushed apart where that is too near, and back into the bounds. */
function pull(group: readonly number[], before: Adjacency, box: Box, x: Float32Array, y: Float32Array): void {
  let least = box.top;
  const tops: number[] = [];
  for (const [index, node] of group.entries()) {
    const [begin, end] = [at(before.starts, node), at(before.starts, node + 1)];
    let sum = 0;
    for (let edge = begin; edge < end; edge += 1) sum += at(y, at(before.ends, edge));
    const spread = box.top + ((index + 0.5) / group.length) * box.height - ROW / 2;
    const top = Math.max(least, end === begin ? spread : sum / (end - begin));
    tops.push(top);
    least = top + ROW;
  }
  let most = box.top + box.height - ROW;
  for (let index = group.length - 1; index >= 0; index -= 1) {
    const top = Math.min(most, tops[index] ?? 0);
    most = top - ROW;
    const node = group[index] ?? 0;
    x[node] = box.left;
    y[node] = top;
  }
}
