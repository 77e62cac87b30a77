import { formatVerifierKey, isKeyName, NOTE_COSIGNATURE_V1, NOTE_ED25519 } from '@nyxera/federation-protocol';
import { readLogKeys } from '../../audit/log-keys.ts';
import type { Queryable } from '../../store/database.ts';

export interface LogSigners {
  readonly log: string;
  readonly keys: string[];
  readonly witnesses: { identity: string; kid: string; state: string; key: string | null }[];
}

/** The keys by which checkpoints of that log and their cosignatures are verified, retired and revoked ones too. */
export async function readLogSigners(db: Queryable, origin: string): Promise<LogSigners> {
  const keys = await readLogKeys(db);
  return {
    log: origin,
    keys: isKeyName(origin)
      ? keys
          .filter(({ purpose }) => purpose === 'audit')
          .map(({ key }) => formatVerifierKey({ name: origin, type: NOTE_ED25519, key }))
      : [],
    witnesses: keys
      .filter(({ purpose }) => purpose === 'witness')
      .map(({ owner, kid, state, key }) => ({
        identity: owner,
        kid,
        state,
        key: isKeyName(owner) ? formatVerifierKey({ name: owner, type: NOTE_COSIGNATURE_V1, key }) : null,
      })),
  };
}
