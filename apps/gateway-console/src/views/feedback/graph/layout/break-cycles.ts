import { adjacencyOf, at, type LayoutInput } from './edges.ts';

/**
 * Turns around the edges that close a cycle, so that layers exist at all, and leaves out loops at one node. Depth first from
 * nodes that nothing leads to, then from the others; with a stack of its own, because 5,000 nodes in a row are a legal graph.
 */
export function breakCycles(input: LayoutInput): LayoutInput {
  const { nodeCount } = input;
  const out = adjacencyOf(nodeCount, input.from, input.to);
  const incoming = new Uint32Array(nodeCount);
  for (const node of input.to) incoming[node] = at(incoming, node) + 1;

  /** 0 not seen, 1 on the path, 2 done. */
  const state = new Uint8Array(nodeCount);
  const cursor = out.starts.slice(0, nodeCount);
  const from: number[] = [];
  const to: number[] = [];
  const path: number[] = [];

  const walk = (root: number) => {
    if (state[root] !== 0) return;
    state[root] = 1;
    path.push(root);
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const edge = at(cursor, node);
      if (edge === at(out.starts, node + 1)) {
        state[node] = 2;
        path.pop();
        continue;
      }
      cursor[node] = edge + 1;
      const end = at(out.ends, edge);
      if (end === node) continue;
      const closes = state[end] === 1;
      from.push(closes ? end : node);
      to.push(closes ? node : end);
      if (state[end] === 0) {
        state[end] = 1;
        path.push(end);
      }
    }
  };
  for (let node = 0; node < nodeCount; node += 1) if (incoming[node] === 0) walk(node);
  for (let node = 0; node < nodeCount; node += 1) walk(node);
  return { nodeCount, from: Uint32Array.from(from), to: Uint32Array.from(to) };
}
