import { readFileSync } from 'node:fs';
import { packageFolder } from '@nyxera/federation-cli';

export type TechniqueStatus =
  | { readonly kind: 'active'; readonly tactics: readonly string[] }
  | { readonly kind: 'revoked'; readonly replacedBy: string }
  | { readonly kind: 'deprecated'; readonly tactics: readonly string[] }
  | { readonly kind: 'unknown' };

export interface AttackTable {
  /** e.g. "18.1". */
  readonly version: string;
  /** MITRE's copyright line, which every copy must carry. */
  readonly copyright: string;
  status(technique: string): TechniqueStatus;
  readonly tactics: ReadonlySet<string>;
}

interface Row {
  readonly id: string;
  readonly tactics?: readonly string[];
  readonly replaced_by?: string;
}

interface TableFile {
  readonly attack_version: string;
  readonly copyright: string;
  readonly tactics: readonly Row[];
  readonly techniques: readonly Row[];
  readonly revoked: readonly Row[];
  readonly deprecated: readonly Row[];
}

/** Shipped with its licence notice beside it (data/attack/LICENSE-ATTACK.txt). */
export const ATTACK_TABLE_URL: URL = new URL(
  'data/attack/enterprise-attack-techniques.json',
  packageFolder(import.meta.url),
);

let loaded: AttackTable | undefined;

/**
 * The reduced ATT&CK table, read once, at first use.
 * @throws if the shipped file is missing or damaged: a fault of the installation, not of a report.
 */
export function attackTable(): AttackTable {
  loaded ??= load(JSON.parse(readFileSync(ATTACK_TABLE_URL, 'utf8')) as TableFile);
  return loaded;
}

function load(file: TableFile): AttackTable {
  const rows = new Map<string, TechniqueStatus>();
  for (const row of file.deprecated) {
    rows.set(row.id, { kind: 'deprecated', tactics: row.tactics ?? [] });
  }
  for (const row of file.revoked) {
    rows.set(row.id, { kind: 'revoked', replacedBy: row.replaced_by ?? '' });
  }
  for (const row of file.techniques) {
    rows.set(row.id, { kind: 'active', tactics: row.tactics ?? [] });
  }
  return {
    version: file.attack_version,
    copyright: file.copyright,
    tactics: new Set(file.tactics.map((row) => row.id)),
    status: (technique) => rows.get(technique) ?? { kind: 'unknown' },
  };
}
