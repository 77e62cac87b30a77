import { escaped } from '../../../components/escape-text.ts';
import type { Point } from './camera.ts';
import { type Adjacency, adjacencyOf, at } from './layout/edges.ts';
import { NODE_HEIGHT, NODE_WIDTH } from './layout/fold-layers.ts';
import type { Placed } from './layout/place-nodes.ts';

export interface GraphNode {
  readonly id: string;
  readonly label: string;
  readonly kind: string;
  readonly severity: string | null;
  readonly members: readonly (readonly string[])[];
}

export interface GraphEdge {
  readonly from: number;
  readonly to: number;
  readonly relation: string;
}

/** Everything that does not change while a graph is looked at. */
export interface Scene {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly placed: Placed;
  /** Labels as they are drawn: escaped and cut to the width of a node. */
  readonly labels: readonly string[];
  /** Which of the kinds each node is. */
  readonly kindOf: Uint8Array;
  readonly kinds: readonly string[];
  readonly after: Adjacency;
  readonly before: Adjacency;
}

/** Kinds beyond these share the last colour. */
const MAX_KINDS = 6;
const LABEL_CHARACTERS = 20;

export function makeScene(nodes: readonly GraphNode[], edges: readonly GraphEdge[], placed: Placed): Scene {
  const kinds = kindsOf(nodes);
  const from = Uint32Array.from(edges, (edge) => edge.from);
  const to = Uint32Array.from(edges, (edge) => edge.to);
  return {
    nodes,
    edges,
    placed,
    labels: nodes.map((node) => shortLabel(node.label)),
    kindOf: Uint8Array.from(nodes, (node) => {
      const index = kinds.indexOf(node.kind);
      return index === -1 ? MAX_KINDS - 1 : index;
    }),
    kinds,
    after: adjacencyOf(nodes.length, from, to),
    before: adjacencyOf(nodes.length, to, from),
  };
}

/** The most frequent first. */
function kindsOf(nodes: readonly GraphNode[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const node of nodes) counts.set(node.kind, (counts.get(node.kind) ?? 0) + 1);
  const sorted = [...counts].sort((left, right) => right[1] - left[1]).map(([kind]) => kind);
  return sorted.length <= MAX_KINDS ? sorted : [...sorted.slice(0, MAX_KINDS - 1), 'others'];
}

function shortLabel(label: string): string {
  const text = escaped(label);
  const characters = [...text];
  return characters.length <= LABEL_CHARACTERS
    ? text
    : `${characters.slice(0, LABEL_CHARACTERS - 1).join('')}…`;
}

export function centreOf(scene: Scene, node: number): Point {
  return { x: at(scene.placed.x, node) + NODE_WIDTH / 2, y: at(scene.placed.y, node) + NODE_HEIGHT / 2 };
}

/** The node at a point of the world; null: none. `slack` in units of the world. */
export function nodeAt(scene: Scene, point: Point, slack: number): number | null {
  const { x, y } = scene.placed;
  for (let node = scene.nodes.length - 1; node >= 0; node -= 1) {
    const [left, top] = [at(x, node) - slack, at(y, node) - slack];
    const inside =
      point.x >= left &&
      point.y >= top &&
      point.x <= left + NODE_WIDTH + 2 * slack &&
      point.y <= top + NODE_HEIGHT + 2 * slack;
    if (inside) return node;
  }
  return null;
}

/** The nearest node in a direction (unit vector), what lies straight ahead before what lies aside; null: the border. */
export function nodeTowards(scene: Scene, from: number, direction: Point): number | null {
  const start = centreOf(scene, from);
  let best: number | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (let node = 0; node < scene.nodes.length; node += 1) {
    const centre = centreOf(scene, node);
    const [dx, dy] = [centre.x - start.x, centre.y - start.y];
    const along = dx * direction.x + dy * direction.y;
    if (node === from || along <= 1) continue;
    const aside = Math.abs(dx * direction.y) + Math.abs(dy * direction.x);
    const cost = along + 3 * aside;
    if (cost < least) [best, least] = [node, cost];
  }
  return best;
}

/** Numbers of the nodes whose label, id, kind or members contain the text; the case does not matter. null: no text. */
export function search(nodes: readonly GraphNode[], text: string): ReadonlySet<number> | null {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return null;
  const found = new Set<number>();
  for (const [index, node] of nodes.entries()) {
    const words = [node.label, node.id, node.kind, ...node.members.map(([, value]) => value ?? '')];
    if (words.some((word) => word.toLowerCase().includes(wanted))) found.add(index);
  }
  return found;
}

export function neighboursOf(adjacency: Adjacency, node: number): readonly number[] {
  return [...adjacency.ends.subarray(at(adjacency.starts, node), at(adjacency.starts, node + 1))];
}
