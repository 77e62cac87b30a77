import type { DatabaseSync } from 'node:sqlite';
import {
  accept,
  GENESIS,
  intentHash,
  isJsonObject,
  parseStrictJson,
  type Result,
  reject,
} from '@nyxera/federation-protocol';

/**
 * Walks the chain of intents from its beginning (PROTOCOL.md section 11): contiguous sequence, each hash over
 * the one before and its own input. Row by row, so that a chain of millions needs no memory. Returns how many.
 */
export function verifyStoredIntents(db: DatabaseSync): Result<number> {
  let prev = GENESIS;
  let count = 0;
  const rows = db
    .prepare('SELECT sequence, input, prev, intent_hash FROM intents ORDER BY sequence')
    .iterate();
  for (const row of rows) {
    count += 1;
    const parsed = parseStrictJson(new TextEncoder().encode(String(row.input)));
    if (Number(row.sequence) !== count) return reject('audit_fork_detected', `intent ${count} is missing`);
    if (!parsed.ok || !isJsonObject(parsed.value) || row.prev !== prev) {
      return reject('audit_fork_detected', `intent ${count} does not continue the one before`);
    }
    const input = parsed.value as unknown as Parameters<typeof intentHash>[1];
    if (intentHash(prev, input) !== row.intent_hash) {
      return reject('audit_fork_detected', `intent ${count} is not what was hashed`);
    }
    prev = String(row.intent_hash);
  }
  return accept(count);
}
