import { type Result, reject, type VerifiedKeySet } from '@nyxera/federation-protocol';
import type { Database, Statement } from '../store/database.ts';
import { insertKey, type KeyRow, keysInvolved, updateKeyState, updateKeyUntil } from '../trust/key-rows.ts';
import { changeTrust, type TrustTransaction } from '../trust/trust-change.ts';
import { requireValidity } from '../trust/trust-forms.ts';
import { judgeAgentSet, type KeyringChange, type SetAuthority } from './judge-agent-set.ts';

/** A verified set, and the request that brought it. */
export interface AgentSet extends SetAuthority {
  readonly requestId: string;
  /** Lower case: for whom the exchange is. */
  readonly tenantId: string;
  /** Version of the trust by which all of this was judged. */
  readonly trustVersion: number;
  readonly set: VerifiedKeySet;
  /** kids of the gateway's keys that the agent has loaded. */
  readonly confirmed: readonly string[];
  /** Unix milliseconds. */
  readonly nowMs: number;
}

export type LoadOutcome =
  /** kids of the set that may vouch for the tenant. */
  | { readonly kind: 'loaded'; readonly kids: readonly string[] }
  /** Nothing was done: a key, pin or limit by which the set was judged is not what it was. */
  | { readonly kind: 'trust-changed' };

const READ_STATE: Statement = {
  name: 'key-exchange-state-v1',
  text: `SELECT (SELECT version FROM trust_state) AS trust, s.version, s.request_id::text AS request_id
           FROM (VALUES ($1::text)) AS asked (owner) LEFT JOIN key_sets AS s USING (owner)`,
};
const PUT_SET: Statement = {
  name: 'key-exchange-put-set-v1',
  text: `INSERT INTO key_sets (owner, version, request_id, loaded_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (owner) DO UPDATE SET version = excluded.version, request_id = excluded.request_id,
                loaded_at = excluded.loaded_at`,
};
const PUT_EXCHANGE: Statement = {
  name: 'key-exchange-put-exchange-v1',
  text: `INSERT INTO key_exchanges (tenant_id, identity, exchanged_at) VALUES ($1, $2, $3)
         ON CONFLICT (tenant_id, identity) DO UPDATE SET exchanged_at = excluded.exchanged_at`,
};
/** Only what is ours and for that tenant: a peer cannot fill the table with names of its own. */
const PUT_CONFIRMATIONS: Statement = {
  name: 'key-exchange-put-confirmations-v1',
  text: `INSERT INTO key_confirmations (tenant_id, identity, kid, confirmed_at)
         SELECT DISTINCT $1::text, $2::text, kid, $4::timestamptz FROM keys
          WHERE owner = '@gateway' AND kid = ANY ($3::text[]) AND (domain IS NULL OR $1 = ANY (domain))
         ON CONFLICT (tenant_id, identity, kid) DO NOTHING`,
};

/**
 * Loads a set under the trust lock, in one transaction with its audit entries. Under that lock the version is compared
 * again and so is trust itself: two requests cannot both be the newest, and a key that was revoked since the set was
 * verified vouches for nothing.
 *
 * It is done before the commit that claims the nonce, and is idempotent for its request: a request that is judged again
 * because this very change raised the trust version finds its own set.
 */
export async function loadAgentSet(db: Database, input: AgentSet): Promise<Result<LoadOutcome>> {
  const author = { actor: input.identity, reason: `key set ${input.set.version}`, nowMs: input.nowMs };
  const result = await changeTrust(db, author, (tx) => load(tx, input));
  // Nothing below refuses by throwing but a validity that ends before it begins, and that was verified.
  return result.ok ? result.value : reject('schema_invalid', result.detail, '/keys');
}

async function load(tx: TrustTransaction, input: AgentSet): Promise<Result<LoadOutcome>> {
  const { identity, set, tenantId } = input;
  const [state] = await tx.query<{ trust: number; version: number | null; request_id: string | null }>(
    READ_STATE,
    [identity],
  );
  if (state === undefined || state.trust !== input.trustVersion) {
    return { ok: true, value: { kind: 'trust-changed' } };
  }
  const again = state.request_id === input.requestId && state.version === set.version;
  if (!again && state.version !== null && set.version <= state.version) {
    return reject('replay_detected', 'the key set is not newer than the loaded one', '/keys/version');
  }
  const publicKeys = set.keys.map(({ key }) => key.raw);
  if (!again) {
    const judged = judgeAgentSet(set.keys, input, await keysInvolved(tx, identity, publicKeys));
    if (!judged.ok) return judged;
    await apply(tx, identity, judged.value);
    const now = new Date(input.nowMs);
    await tx.query(PUT_SET, [identity, set.version, input.requestId, now]);
    await tx.query(PUT_EXCHANGE, [tenantId, identity, now]);
    await tx.query(PUT_CONFIRMATIONS, [tenantId, identity, input.confirmed, now]);
  }
  const rows = await keysInvolved(tx, identity, publicKeys);
  const kids = set.keys.filter((key) =>
    key.purposes.every((purpose) => rows.some((row) => verifies(row, input, purpose, key.key.raw))),
  );
  return { ok: true, value: { kind: 'loaded', kids: kids.map(({ kid }) => kid) } };
}

async function apply(tx: TrustTransaction, identity: string, change: KeyringChange): Promise<void> {
  for (const { purpose, from, domain } of change.insert) {
    const notBefore = from.notBefore === null ? null : new Date(from.notBefore * 1000);
    const notAfter = from.notAfter === null ? null : new Date(from.notAfter * 1000);
    requireValidity(notBefore, notAfter);
    await insertKey(tx, {
      owner: identity,
      purpose,
      kid: from.kid,
      public_key: from.key.raw,
      domain,
      state: from.state,
      not_before: notBefore,
      not_after: notAfter,
      source: 'exchange',
      reason: tx.author.reason,
      signer_uri: null,
    });
    tx.record({ action: `key.import.${purpose}`, subject: identity, kid: from.kid });
  }
  for (const { row, to } of change.move) {
    await updateKeyState(tx, row, to);
    tx.record({ action: `key.${STEP[to]}`, subject: identity, kid: row.kid });
  }
  for (const { row, notAfter } of change.shorten) {
    await updateKeyUntil(tx, row, notAfter);
    tx.record({ action: 'key.shorten', subject: identity, kid: row.kid });
  }
}

/** As the commands call what they do. */
const STEP = { pending: 'import', active: 'activate', retiring: 'retire', revoked: 'revoke' } as const;

function verifies(row: KeyRow, { identity, tenantId }: AgentSet, purpose: string, raw: Uint8Array): boolean {
  if (row.owner !== identity || row.purpose !== purpose) return false;
  if (row.domain !== null && !row.domain.includes(tenantId)) return false;
  if (row.state !== 'active' && row.state !== 'retiring') return false;
  return Buffer.compare(row.public_key, raw) === 0;
}
