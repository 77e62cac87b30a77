import { type Adjacency, adjacencyOf, at, type LayoutInput } from './edges.ts';

/** There and back. More changes little: measured on graphs of 5,000 nodes. */
const SWEEPS = 6;

/**
 * Orders the nodes of each layer so that edges cross little: by the mean place of their neighbours, sweeping forth and back
 * (barycentre). Places are parts of a layer's length, so that a short layer next to a long one pulls evenly.
 */
export function orderLayers(
  input: LayoutInput,
  layers: readonly (readonly number[])[],
): readonly (readonly number[])[] {
  const { nodeCount, from, to } = input;
  const before = adjacencyOf(nodeCount, to, from);
  const after = adjacencyOf(nodeCount, from, to);
  const place = new Float64Array(nodeCount);
  const ordered = layers.map((layer) => [...layer]);
  for (const layer of ordered) note(place, layer);
  let best = ordered.map((layer) => [...layer]);
  let shortest = lengthOf(input, place);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const forth = sweep % 2 === 0;
    for (const layer of forth ? ordered : [...ordered].reverse()) {
      sortByNeighbours(place, layer, forth ? before : after);
      note(place, layer);
    }
    const length = lengthOf(input, place);
    if (length < shortest) {
      shortest = length;
      best = ordered.map((layer) => [...layer]);
    }
  }
  return best;
}

function note(place: Float64Array, layer: readonly number[]): void {
  for (const [index, node] of layer.entries()) place[node] = (index + 0.5) / layer.length;
}

function sortByNeighbours(place: Float64Array, layer: number[], neighbours: Adjacency): void {
  const wanted = new Map<number, number>();
  for (const node of layer) {
    const [begin, end] = [at(neighbours.starts, node), at(neighbours.starts, node + 1)];
    let sum = 0;
    for (let edge = begin; edge < end; edge += 1) sum += at(place, at(neighbours.ends, edge));
    // Without a neighbour on that side it stays where it is.
    wanted.set(node, end === begin ? at(place, node) : sum / (end - begin));
  }
  layer.sort(
    (left, right) => (wanted.get(left) ?? 0) - (wanted.get(right) ?? 0) || at(place, left) - at(place, right),
  );
}

function lengthOf({ from, to }: LayoutInput, place: Float64Array): number {
  let length = 0;
  for (let edge = 0; edge < from.length; edge += 1)
    length += Math.abs(at(place, at(from, edge)) - at(place, at(to, edge)));
  return length;
}
