/**
 * What a gateway's operator could do who wants another past: change or remove an old entry of the audit log with the
 * owner's rights, and throw away the tree over it, so that the gateway builds and signs a new one at its next start,
 * with its real key. Every hash and number is put right again; `audit verify` finds nothing.
 */
import { withLoginSession } from '../../apps/vectorvue-gateway/src/store/login-session.ts';
import { openDatabase } from '../../apps/vectorvue-gateway/src/store/open-database.ts';
import type { World } from '../demo/world.ts';

const FORGET_TREE = `
DELETE FROM federation.log_cosignatures; DELETE FROM federation.log_checkpoints; DELETE FROM federation.log_tiles;`;
const HASH_AGAIN = `UPDATE federation.audit_log SET leaf_hash = sha256('\\x00'::bytea || convert_to(entry, 'UTF8'))`;

/** The entry of that sequence becomes one of a refusal. */
export function changeEntry(sequence: number): string {
  return `
UPDATE federation.audit_log SET code = 'schema_invalid', entry = replace(entry, '"code":"accepted"', '"code":"schema_invalid"')
  WHERE sequence = ${sequence};
${HASH_AGAIN} WHERE sequence = ${sequence};
${FORGET_TREE}`;
}

/** The entry of that sequence is gone, and all later ones move up. */
export function removeEntry(sequence: number): string {
  return `
DELETE FROM federation.audit_log WHERE sequence = ${sequence};
CREATE TABLE federation.moved AS SELECT * FROM federation.audit_log WHERE sequence > ${sequence};
DELETE FROM federation.audit_log WHERE sequence > ${sequence};
UPDATE federation.moved SET sequence = sequence - 1,
  entry = replace(entry, '"sequence":' || sequence || ',', '"sequence":' || (sequence - 1) || ',');
INSERT INTO federation.audit_log SELECT * FROM federation.moved;
DROP TABLE federation.moved;
${HASH_AGAIN} WHERE sequence >= ${sequence};
UPDATE federation.audit_head SET size = size - 1;
${FORGET_TREE}`;
}

/** Runs it with the rights of the database's owner; the gateway must have ended. */
export async function rewrite(world: World, sql: string): Promise<void> {
  const silent = { warn: () => undefined, error: () => undefined };
  const { DATABASE_URL, VV_TG_DATA_DIR } = world.gatewayEnvironment;
  const db = await openDatabase({
    databaseUrl: DATABASE_URL ?? null,
    dataDir: VV_TG_DATA_DIR ?? '',
    role: 'serve',
    logger: silent,
  });
  try {
    await withLoginSession(db, (session) => session.script(sql));
  } finally {
    await db.close();
  }
}
