import {
  GATEWAY_ISSUER,
  importPublicKey,
  type KeySetKey,
  MAX_SET_KEYS,
  makeKeySet,
} from '@nyxera/federation-protocol';
import type { FeedbackSigner } from '../feedback/feedback-signing.ts';
import type { Database, Statement } from '../store/database.ts';
import type { KeyPurpose, KeyState } from '../trust/trust-snapshot.ts';

interface OwnRow {
  readonly purpose: KeyPurpose;
  readonly kid: string;
  readonly public_key: Uint8Array;
  readonly state: KeyState;
  readonly not_before: Date | null;
  readonly not_after: Date | null;
  /** Of a pending key: a rotation has published it. */
  readonly published: boolean;
}

/** Above the last one and not below the clock, so that a restored database is not behind its peers for long. */
const NEXT_VERSION: Statement = {
  name: 'key-exchange-next-version-v1',
  text: `INSERT INTO key_sets (owner, version, loaded_at) VALUES ('${GATEWAY_ISSUER}', $1, $2)
         ON CONFLICT (owner) DO UPDATE SET version = greatest(key_sets.version + 1, excluded.version),
                loaded_at = excluded.loaded_at
         RETURNING version`,
};
/** Living keys first, then the newest revocations: a full set drops what has been known for longest. */
const OWN_KEYS: Statement = {
  name: 'key-exchange-own-keys-v1',
  text: `SELECT k.purpose, k.kid, k.public_key, k.state, k.not_before, k.not_after,
                EXISTS (SELECT FROM key_rotations AS r WHERE r.new_kid = k.kid AND r.state = 'published'
                           AND r.purpose = k.purpose) AS published
           FROM keys AS k
          WHERE k.owner = '${GATEWAY_ISSUER}' AND k.purpose IN ('feedback', 'audit')
            AND (k.domain IS NULL OR $1 = ANY (k.domain))
            AND (k.state = 'revoked' OR k.not_after IS NULL OR k.not_after > $2)
          ORDER BY k.state = 'revoked', k.updated_at DESC, k.kid`,
};

/**
 * The gateway's own keys for one tenant, signed by the feedback key that the tenant's agents verify with already
 * (PROTOCOL.md section 19). Every key names that tenant and no other, so a set that was made for one tenant is of no
 * use for another. Version and rows come from one transaction: a higher version is never older content.
 *
 * A pending key that a rotation has published stands in it as active: agents may verify with it before it signs, and
 * so no answer is refused when it does.
 */
export async function makeOwnSet(
  db: Database,
  signer: FeedbackSigner,
  tenantId: string,
  nowMs: number,
): Promise<string> {
  const issuedAt = Math.floor(nowMs / 1000);
  const { version, rows } = await db.transaction(async (tx) => {
    const [row] = await tx.query<{ version: number }>(NEXT_VERSION, [issuedAt, new Date(nowMs)]);
    if (row === undefined) throw new Error('the version of the key set was not raised');
    return { version: row.version, rows: await tx.query<OwnRow>(OWN_KEYS, [tenantId, new Date(nowMs)]) };
  });
  const names = new Set<string>();
  const keys = rows.flatMap((row) => {
    const imported = importPublicKey(row.public_key);
    // A kid is unique within a purpose; between two it would be ambiguous in one set, and feedback comes first.
    if (!imported.ok || names.has(row.kid)) return [];
    names.add(row.kid);
    const key: KeySetKey = {
      kid: row.kid,
      key: imported.value,
      purposes: [row.purpose],
      tenants: [tenantId],
      notBefore: seconds(row.not_before),
      notAfter: seconds(row.not_after),
      state: row.state === 'pending' && row.published ? 'active' : row.state,
    };
    return [key];
  });
  const set = { issuer: GATEWAY_ISSUER, issuedAt, version, keys: keys.slice(0, MAX_SET_KEYS) };
  return makeKeySet(set, { kid: signer.kid, sign: (message) => signer.signer.sign(message) });
}

function seconds(date: Date | null): number | null {
  return date === null ? null : Math.floor(date.getTime() / 1000);
}
