import {
  canonicalizeCompat,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  numberOf,
} from '@nyxera/federation-protocol';

/** A node as it is drawn. Everything is text of the sender's, cut to a bound; nothing of it is trusted. */
export interface DrawnNode {
  readonly id: string;
  readonly label: string;
  readonly kind: string;
  readonly severity: string | null;
  /** Members besides these, as text. */
  readonly members: readonly (readonly [string, string])[];
}

/** Indexes into the nodes. */
export interface DrawnEdge {
  readonly from: number;
  readonly to: number;
  readonly relation: string;
}

export interface DrawnGraph {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
  /** Elements of `graph.nodes`; more than are drawn where there are more than `MAX_NODES`. */
  readonly nodesTotal: number;
  /** Elements of `graph.edges` (or `links`). */
  readonly edgesTotal: number;
  /** Edges without two ends among the drawn nodes. */
  readonly edgesLoose: number;
}

export const MAX_NODES = 5000;
export const MAX_EDGES = 20_000;
const MAX_LABEL = 200;
const MAX_MEMBERS = 24;
const MAX_MEMBER = 400;

/**
 * Reads what can be drawn out of a graph. PROTOCOL.md section 8 leaves nodes and edges free, so this takes what ours and
 * other producers write: nodes with `id` (or `node_id`, or their place), edges with `from`/`to` or `source`/`target`, by id or
 * by place. What it cannot read it counts and leaves out.
 */
export function readGraph(graph: JsonObject): DrawnGraph {
  const list = arrayOf(graph.nodes);
  const edgeList = arrayOf(graph.edges ?? graph.links);
  const byId = new Map<string, number>();
  const nodes = list.slice(0, MAX_NODES).map((value, index) => {
    const node = toNode(value, index);
    if (!byId.has(node.id)) byId.set(node.id, index);
    return node;
  });
  const edges: DrawnEdge[] = [];
  let edgesLoose = 0;
  for (const value of edgeList) {
    const edge = toEdge(value, byId);
    if (edge === null) edgesLoose += 1;
    else if (edges.length < MAX_EDGES) edges.push(edge);
  }
  return { nodes, edges, nodesTotal: list.length, edgesTotal: edgeList.length, edgesLoose };
}

function arrayOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

const ID = ['id', 'node_id', 'name'];
const LABEL = ['label', 'title', 'event_type', 'asset_ref', 'technique_id', 'name'];
const KIND = ['kind', 'type', 'node_type'];
const FROM = ['from', 'source', 'src'];
const TO = ['to', 'target', 'dst'];
const RELATION = ['relation', 'type', 'label'];

function toNode(value: JsonValue, index: number): DrawnNode {
  if (!isJsonObject(value)) {
    const text = textOf(value, MAX_LABEL);
    return { id: text, label: text, kind: '', severity: null, members: [] };
  }
  const id = firstText(value, ID, 1024) ?? `#${index}`;
  const members = Object.entries(value)
    .slice(0, MAX_MEMBERS)
    .map(([name, member]) => [cut(name, MAX_LABEL), textOf(member, MAX_MEMBER)] as const);
  return {
    id,
    label: firstText(value, LABEL, MAX_LABEL) ?? cut(id, MAX_LABEL),
    kind: firstText(value, KIND, 64) ?? '',
    severity: firstText(value, ['severity'], 16),
    members,
  };
}

function toEdge(value: JsonValue, byId: ReadonlyMap<string, number>): DrawnEdge | null {
  const [from, to, relation] = Array.isArray(value)
    ? [endText(value[0]), endText(value[1]), endText(value[2])]
    : isJsonObject(value)
      ? [firstText(value, FROM, 1024), firstText(value, TO, 1024), firstText(value, RELATION, 64)]
      : [null, null, null];
  if (from === null || to === null) return null;
  const [start, end] = [byId.get(from) ?? byId.get(`#${from}`), byId.get(to) ?? byId.get(`#${to}`)];
  return start === undefined || end === undefined ? null : { from: start, to: end, relation: relation ?? '' };
}

function endText(value: JsonValue | undefined): string | null {
  if (typeof value === 'string') return value;
  return numberOf(value) === null && typeof value !== 'bigint' ? null : canonicalizeCompat(value ?? null);
}

function firstText(object: JsonObject, names: readonly string[], limit: number): string | null {
  for (const name of names) {
    const text = Object.hasOwn(object, name) ? endText(object[name]) : null;
    if (text !== null && text !== '') return cut(text, limit);
  }
  return null;
}

/** Text as it is, anything else as canonical JSON, in which numbers are the tokens that were signed. */
function textOf(value: JsonValue, limit: number): string {
  return cut(typeof value === 'string' ? value : canonicalizeCompat(value), limit);
}

/** By code points, so that no half of a pair is left. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${[...text.slice(0, limit * 2)].slice(0, limit).join('')}…`;
}
