/**
 * One step of the schema, forward only. Once released, a migration is never changed: its checksum is recorded and
 * compared, and a database that was made by another text is refused by name.
 */
export interface Migration {
  /** 1, 2, 3 … without a gap. */
  readonly id: number;
  /** Lower case with dashes; with the id it names the migration everywhere. */
  readonly name: string;
  /** What it does and what it locks, in a sentence or two: `migrate --plan` shows it. Not part of the checksum. */
  readonly plan: string;
  /**
   * The newest migration that a program must know to keep working on a schema with this one: expand first, and contract
   * only a release later. Absent: this very one, so that older gateways have to be stopped. Recorded in the database, where
   * older programs read it. Only for what `isExpansion` allows.
   */
  readonly oldestProgram?: number;
  /** `login`: with the rights of whoever migrates (roles, schema). `migrate`: as vectorvue_migrate, the owner. */
  readonly as: 'login' | 'migrate';
  /** Several statements; run in one transaction, without BEGIN and COMMIT. */
  readonly sql: string;
}
