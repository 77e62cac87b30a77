import { adjacencyOf, at, type LayoutInput } from './edges.ts';

/** Nodes by layer, 0 first. Nodes without any edge are in none of them. */
export interface Layers {
  readonly layers: readonly (readonly number[])[];
  readonly alone: readonly number[];
}

/**
 * Longest path: every edge of a graph without cycles leads to a later layer. A node that nothing leads to is then moved right
 * before the first that it leads to, so that a technique that is used once does not stand at the far end.
 */
export function assignLayers(input: LayoutInput): Layers {
  const { nodeCount, from, to } = input;
  const out = adjacencyOf(nodeCount, from, to);
  const waiting = new Uint32Array(nodeCount);
  for (const node of to) waiting[node] = at(waiting, node) + 1;
  const rooted = waiting.slice();
  const layer = new Uint32Array(nodeCount);
  const order: number[] = [];
  for (let node = 0; node < nodeCount; node += 1) if (waiting[node] === 0) order.push(node);
  for (let index = 0; index < order.length; index += 1) {
    const node = order[index] ?? 0;
    for (let edge = at(out.starts, node); edge < at(out.starts, node + 1); edge += 1) {
      const end = at(out.ends, edge);
      layer[end] = Math.max(at(layer, end), at(layer, node) + 1);
      waiting[end] = at(waiting, end) - 1;
      if (waiting[end] === 0) order.push(end);
    }
  }
  const layers: number[][] = [];
  const alone: number[] = [];
  for (const node of order) {
    const [begin, end] = [at(out.starts, node), at(out.starts, node + 1)];
    if (rooted[node] === 0 && begin === end) {
      alone.push(node);
      continue;
    }
    if (rooted[node] === 0) layer[node] = nearest(layer, out.ends.subarray(begin, end)) - 1;
    const number = at(layer, node);
    while (layers.length <= number) layers.push([]);
    layers[number]?.push(node);
  }
  return { layers: layers.filter((nodes) => nodes.length > 0), alone };
}

function nearest(layer: Uint32Array, ends: Uint32Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (const end of ends) least = Math.min(least, at(layer, end));
  return least;
}
