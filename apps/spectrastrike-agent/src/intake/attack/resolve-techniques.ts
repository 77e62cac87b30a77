import type { JsonObject } from '@nyxera/federation-protocol';
import type { TechniqueNamed } from '../types.ts';
import { type AttackTable, attackTable } from './attack-table.ts';

/** PROTOCOL.md section 7: at most 32 of each. */
const MAX_LISTED = 32;

/** A revoked id may be replaced by one that was revoked later; real chains have one step. */
const MAX_STEPS = 8;

export interface ResolvedTechniques {
  /** 1..32 ids, none twice, in the order in which they were named. */
  readonly techniques: readonly string[];
  /** 0..32 tactic ids, sorted. */
  readonly tactics: readonly string[];
  readonly basis: readonly TechniqueNamed[];
  /** revoked id -> the id that replaced it. */
  readonly replaced: Readonly<Record<string, string>>;
  /** technique or tactic id -> what is odd about it: "unknown", "deprecated", "impossible pair", "left out". */
  readonly flags: Readonly<Record<string, string>>;
}

/**
 * Replaces revoked ids, flags unknown and deprecated ones (they are kept: the report said so), and derives the
 * tactics. Tactics that the report named itself are kept; one that belongs to none of the techniques is flagged.
 */
export function resolveTechniques(
  named: readonly TechniqueNamed[],
  namedTactics: readonly string[] = [],
  table: AttackTable = attackTable(),
): ResolvedTechniques {
  const replaced: Record<string, string> = {};
  const flags: Record<string, string> = {};
  const basis = new Map<string, TechniqueNamed>();
  for (const technique of named) {
    const original = technique.id.trim().toUpperCase();
    const id = currentId(original, table);
    if (id !== original) {
      replaced[original] = id;
    }
    const status = table.status(id);
    if (status.kind === 'unknown' || status.kind === 'deprecated') {
      flags[id] = status.kind;
    }
    if (!basis.has(id)) {
      if (basis.size < MAX_LISTED) {
        basis.set(id, { ...technique, id });
      } else {
        flags[id] = `left out: at most ${MAX_LISTED} techniques`;
      }
    }
  }
  const techniques = [...basis.keys()];
  const derived = new Set(techniques.flatMap((id) => tacticsOf(id, table)));
  const tactics = namedTactics.length === 0 ? [...derived].sort() : normaliseTactics(namedTactics);
  for (const tactic of tactics) {
    if (!table.tactics.has(tactic)) {
      flags[tactic] = 'unknown';
    } else if (!derived.has(tactic)) {
      flags[tactic] = 'impossible pair: no named technique has this tactic';
    }
  }
  return { techniques, tactics: tactics.slice(0, MAX_LISTED), basis: [...basis.values()], replaced, flags };
}

/** How an event says where its techniques come from: attributes of the payload. */
export function mitreAttributes(mitre: ResolvedTechniques, table: AttackTable = attackTable()): JsonObject {
  return {
    attack_version: table.version,
    mitre_basis: mitre.basis.map(({ id, basis, reason }) => ({ id, basis, reason })),
    ...(Object.keys(mitre.replaced).length === 0 ? {} : { mitre_replaced: { ...mitre.replaced } }),
    ...(Object.keys(mitre.flags).length === 0 ? {} : { mitre_flags: { ...mitre.flags } }),
  };
}

function currentId(id: string, table: AttackTable): string {
  let current = id;
  for (let step = 0; step < MAX_STEPS; step++) {
    const status = table.status(current);
    if (status.kind !== 'revoked' || status.replacedBy === '') {
      return current;
    }
    current = status.replacedBy;
  }
  return current;
}

function tacticsOf(id: string, table: AttackTable): readonly string[] {
  const status = table.status(id);
  return status.kind === 'active' || status.kind === 'deprecated' ? status.tactics : [];
}

function normaliseTactics(tactics: readonly string[]): string[] {
  return [...new Set(tactics.map((tactic) => tactic.trim().toUpperCase()))];
}
