/** A graph as the layout sees it: nodes are 0 to `nodeCount` - 1, edge i goes from `from[i]` to `to[i]`. */
export interface LayoutInput {
  readonly nodeCount: number;
  readonly from: Uint32Array;
  readonly to: Uint32Array;
}

/** Neighbours of every node in one array: those of node n are `ends[starts[n]]` to before `ends[starts[n + 1]]`. */
export interface Adjacency {
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Edges sorted by their beginning. Counting sort: no object per node, so that 20,000 edges cost no garbage. */
export function adjacencyOf(nodeCount: number, from: Uint32Array, to: Uint32Array): Adjacency {
  const starts = new Uint32Array(nodeCount + 1);
  for (const node of from) starts[node + 1] = at(starts, node + 1) + 1;
  for (let node = 0; node < nodeCount; node += 1) starts[node + 1] = at(starts, node + 1) + at(starts, node);
  const next = starts.slice();
  const ends = new Uint32Array(from.length);
  for (let edge = 0; edge < from.length; edge += 1) {
    const node = at(from, edge);
    ends[at(next, node)] = at(to, edge);
    next[node] = at(next, node) + 1;
  }
  return { starts, ends };
}

/** An element that is there: indexes come from loops over lengths. */
export function at(array: { readonly [index: number]: number }, index: number): number {
  return array[index] ?? 0;
}
