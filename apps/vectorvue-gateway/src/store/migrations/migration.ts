/**
 * One step of the schema, forward only. Once released, a migration is never changed: its checksum is recorded and
 * compared, and a database that was made by another text is refused by name.
 */
export interface Migration {
  /** 1, 2, 3 … without a gap. */
  readonly id: number;
  /** Lower case with dashes; with the id it names the migration everywhere. */
  readonly name: string;
  /** `login`: with the rights of whoever migrates (roles, schema). `migrate`: as vectorvue_migrate, the owner. */
  readonly as: 'login' | 'migrate';
  /** Several statements; run in one transaction, without BEGIN and COMMIT. */
  readonly sql: string;
}
