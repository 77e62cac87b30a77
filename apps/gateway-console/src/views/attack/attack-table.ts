// The reduced ATT&CK table of the agent's intake: read where it lies when the console is built, so that there is one of it.
import table from '../../../../spectrastrike-agent/data/attack/enterprise-attack-techniques.json' with {
  type: 'json',
};

export interface Tactic {
  readonly id: string;
  readonly name: string;
  /** `lateral-movement`: what a Navigator layer calls it. */
  readonly shortname: string;
}

export interface Technique {
  readonly id: string;
  readonly name: string;
  readonly tactics: readonly string[];
}

/** What became of a technique that is in no column. */
export interface Former {
  readonly name: string;
  readonly state: 'revoked' | 'deprecated';
  readonly replacedBy: string | null;
}

export interface AttackTable {
  /** e.g. "18.1". */
  readonly version: string;
  /** MITRE's line, which every copy must carry. */
  readonly copyright: string;
  /** In the order of the matrix. */
  readonly tactics: readonly Tactic[];
  readonly techniques: readonly Technique[];
  readonly former: ReadonlyMap<string, Former>;
}

const former = new Map<string, Former>([
  ...table.deprecated.map(({ id, name }) => [id, { name, state: 'deprecated', replacedBy: null }] as const),
  ...table.revoked.map(
    ({ id, name, replaced_by }) => [id, { name, state: 'revoked', replacedBy: replaced_by }] as const,
  ),
]);

export const ATTACK_TABLE: AttackTable = {
  version: table.attack_version,
  copyright: table.copyright,
  tactics: table.tactics,
  techniques: table.techniques,
  former,
};
