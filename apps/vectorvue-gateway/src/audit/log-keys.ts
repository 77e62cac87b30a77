import {
  cosignatureVerifier,
  type Ed25519PublicKey,
  importPublicKey,
  isKeyName,
  type NoteVerifier,
  noteVerifier,
} from '@nyxera/federation-protocol';
import type { Queryable } from '../store/database.ts';
import { READ_LOG_KEYS } from '../store/sql/read-log.ts';

export interface LogKey {
  readonly owner: string;
  readonly purpose: 'audit' | 'witness';
  readonly kid: string;
  readonly state: string;
  readonly key: Ed25519PublicKey;
}

/**
 * The keyring's audit and witness keys, also retired and revoked ones: what was signed while a key was valid stays
 * verifiable (PROTOCOL.md section 15). A row that is no key is left out, so that nothing verifies by it.
 */
export async function readLogKeys(db: Queryable): Promise<readonly LogKey[]> {
  const rows = await db.query<Omit<LogKey, 'key'> & { readonly public_key: Uint8Array }>(READ_LOG_KEYS);
  return rows.flatMap(({ owner, purpose, kid, state, public_key }) => {
    const key = importPublicKey(public_key);
    return key.ok ? [{ owner, purpose, kid, state, key: key.value }] : [];
  });
}

/** Who may have signed checkpoints of that log. */
export function logVerifiers(keys: readonly LogKey[], origin: string): readonly NoteVerifier[] {
  if (!isKeyName(origin)) return [];
  return keys.filter(({ purpose }) => purpose === 'audit').map(({ key }) => noteVerifier(origin, key));
}

/** The witness keys of that identity with that kid; null: there is none, so its cosignature cannot be verified. */
export function witnessVerifier(keys: readonly LogKey[], identity: string, kid: string): NoteVerifier | null {
  const found = keys.find((key) => key.purpose === 'witness' && key.owner === identity && key.kid === kid);
  return found === undefined || !isKeyName(identity) ? null : cosignatureVerifier(identity, found.key);
}
