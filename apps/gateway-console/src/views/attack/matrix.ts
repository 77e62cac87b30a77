import type { AttackTable, Former, Tactic, Technique } from './attack-table.ts';

/** Of one technique, from `GET /attack/techniques`. */
export interface Counts {
  readonly events: number;
  readonly findings: number;
  readonly high: number;
  readonly critical: number;
}

export interface Cell extends Counts {
  readonly id: string;
  readonly name: string;
  /** Named by itself, not by a sub-technique. */
  readonly own: Counts;
  readonly subs: readonly (Counts & { readonly id: string; readonly name: string })[];
}

export interface Column {
  readonly tactic: Tactic;
  readonly cells: readonly Cell[];
  /** Cells with an event. */
  readonly seen: number;
}

export interface Elsewhere extends Counts {
  readonly id: string;
  /** null: this version of the table has never had it. */
  readonly former: Former | null;
}

export interface Matrix {
  readonly columns: readonly Column[];
  /** Named by events, and in no column: revoked, deprecated, unknown. */
  readonly elsewhere: readonly Elsewhere[];
  /** Techniques without their sub-techniques; each once, however many tactics it has. */
  readonly techniques: number;
  readonly seen: number;
  readonly found: number;
}

export const NOTHING: Counts = { events: 0, findings: 0, high: 0, critical: 0 };

/** Tactics by techniques, with what was counted. A technique stands under each of its tactics, as in the Navigator. */
export function buildMatrix(
  table: AttackTable,
  counted: readonly (Counts & { readonly technique: string })[],
): Matrix {
  const counts = new Map<string, Counts>(counted.map((row) => [row.technique, row]));
  const subsOf = new Map<string, Technique[]>();
  for (const technique of table.techniques.filter(({ id }) => id.includes('.'))) {
    const parent = technique.id.slice(0, technique.id.indexOf('.'));
    subsOf.set(parent, [...(subsOf.get(parent) ?? []), technique]);
  }
  const cells = table.techniques
    .filter(({ id }) => !id.includes('.'))
    .map((technique) => ({ technique, cell: cellOf(technique, subsOf.get(technique.id) ?? [], counts) }));
  const columns = table.tactics.map((tactic) => {
    const own = cells
      .filter(({ technique }) => technique.tactics.includes(tactic.id))
      .map(({ cell }) => cell)
      .sort((a, b) => a.name.localeCompare(b.name, 'en'));
    return { tactic, cells: own, seen: own.filter(({ events }) => events > 0).length };
  });
  const known = new Set(table.techniques.map(({ id }) => id));
  return {
    columns,
    elsewhere: counted
      .filter(({ technique }) => !known.has(technique))
      .map((row) => ({ ...pick(row), id: row.technique, former: table.former.get(row.technique) ?? null })),
    techniques: cells.length,
    seen: cells.filter(({ cell }) => cell.events > 0).length,
    found: cells.filter(({ cell }) => cell.findings > 0).length,
  };
}

function cellOf(
  { id, name }: Technique,
  subs: readonly Technique[],
  counts: ReadonlyMap<string, Counts>,
): Cell {
  const own = counts.get(id) ?? NOTHING;
  const below = subs.map((sub) => ({ ...pick(counts.get(sub.id) ?? NOTHING), id: sub.id, name: sub.name }));
  return { ...[own, ...below].reduce(sum, NOTHING), id, name, own: pick(own), subs: below };
}

function sum(a: Counts, b: Counts): Counts {
  return {
    events: a.events + b.events,
    findings: a.findings + b.findings,
    high: a.high + b.high,
    critical: a.critical + b.critical,
  };
}

function pick({ events, findings, high, critical }: Counts): Counts {
  return { events, findings, high, critical };
}
