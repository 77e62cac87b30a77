import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assignLayers } from '../../../src/views/feedback/graph/layout/assign-layers.ts';
import { breakCycles } from '../../../src/views/feedback/graph/layout/break-cycles.ts';
import type { LayoutInput } from '../../../src/views/feedback/graph/layout/edges.ts';
import { NODE_HEIGHT, NODE_WIDTH } from '../../../src/views/feedback/graph/layout/fold-layers.ts';
import { layoutGraph } from '../../../src/views/feedback/graph/layout/layout-graph.ts';
import type { Placed } from '../../../src/views/feedback/graph/layout/place-nodes.ts';

type Pairs = readonly (readonly [number, number])[];

function input(nodeCount: number, pairs: Pairs): LayoutInput {
  return {
    nodeCount,
    from: Uint32Array.from(pairs, ([from]) => from),
    to: Uint32Array.from(pairs, ([, to]) => to),
  };
}

/** Any graph: loops, cycles, edges twice, nodes without edges. */
const anyGraph = fc.integer({ min: 1, max: 60 }).chain((nodeCount) => {
  const node = fc.integer({ min: 0, max: nodeCount - 1 });
  return fc.array(fc.tuple(node, node), { maxLength: 150 }).map((pairs) => input(nodeCount, pairs));
});

function overlaps({ x, y }: Placed): readonly string[] {
  const order = [...x.keys()].sort((one, other) => (y[one] ?? 0) - (y[other] ?? 0));
  const found: string[] = [];
  for (const [index, one] of order.entries()) {
    for (const other of order.slice(index + 1)) {
      if ((y[other] ?? 0) - (y[one] ?? 0) >= NODE_HEIGHT) break;
      if (Math.abs((x[one] ?? 0) - (x[other] ?? 0)) < NODE_WIDTH) found.push(`${one} ${other}`);
    }
  }
  return found;
}

describe('the layout of a graph', () => {
  test('breaks every cycle and loses no edge but loops; each edge leads to a later layer', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const acyclic = breakCycles(graph);
        const loops = [...graph.from].filter((from, edge) => from === graph.to[edge]).length;
        expect(acyclic.from.length).toBe(graph.from.length - loops);
        const { layers, alone } = assignLayers(acyclic);
        const layerOf = new Map(
          layers.flatMap((nodes, number) => nodes.map((node) => [node, number] as const)),
        );
        expect([...layerOf.keys(), ...alone].sort((a, b) => a - b)).toEqual([
          ...Array(graph.nodeCount).keys(),
        ]);
        for (const [edge, from] of acyclic.from.entries()) {
          const [start, end] = [layerOf.get(from), layerOf.get(acyclic.to[edge] ?? -1)];
          expect(start).toBeLessThan(end ?? -1);
        }
      }),
    );
  });

  test('places every node within the bounds, and none upon another', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const placed = layoutGraph(graph);
        expect(overlaps(placed)).toEqual([]);
        for (const [node, left] of placed.x.entries()) {
          const top = placed.y[node] ?? Number.NaN;
          expect(left >= 0 && left + NODE_WIDTH <= placed.width).toBe(true);
          expect(top >= 0 && top + NODE_HEIGHT <= placed.height).toBe(true);
        }
      }),
    );
  });

  const many = 5000;
  test.each([
    [
      'an execution with thousands of events',
      [...Array(many - 1).keys()].map((node) => [0, node + 1] as const),
    ],
    ['a chain of thousands', [...Array(many - 1).keys()].map((node) => [node, node + 1] as const)],
    ['one great cycle', [...Array(many).keys()].map((node) => [node, (node + 1) % many] as const)],
    ['nodes without edges', []],
  ])('%s has the shape of a page, and is the same every time', (_, pairs) => {
    const placed = layoutGraph(input(many, pairs));
    expect(placed.width / placed.height).toBeGreaterThan(0.7);
    expect(placed.width / placed.height).toBeLessThan(2.5);
    expect(overlaps(placed)).toEqual([]);
    expect(layoutGraph(input(many, pairs))).toEqual(placed);
  });

  test('neighbours are brought to the same height: straight lines cross nothing', () => {
    // Two rows of five, wired upside down.
    const pairs = [0, 1, 2, 3, 4].map((node) => [node, 9 - node] as const);
    const { y } = layoutGraph(input(10, pairs));
    for (const [from, to] of pairs) expect(y[from]).toBeCloseTo(y[to] ?? -1, 3);
  });
});
