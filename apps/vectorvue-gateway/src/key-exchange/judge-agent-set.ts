import { type KeySetKey, type Rejection, type Result, reject } from '@nyxera/federation-protocol';
import { keyObstacle } from '../trust/change-key.ts';
import { type KeyRow, sameBytes } from '../trust/key-rows.ts';
import type { KeyPurpose, KeyState } from '../trust/trust-snapshot.ts';

/** What a set may say, and of whom it is. */
export interface SetAuthority {
  readonly identity: string;
  /** Tenants that the identity, and the key that signed the set, may both speak for; null: all. */
  readonly tenants: ReadonlySet<string> | null;
}

/** What becomes of the keyring. Keys that a set does not name stay as they are. */
export interface KeyringChange {
  readonly insert: readonly {
    readonly purpose: KeyPurpose;
    readonly from: KeySetKey;
    readonly domain: readonly string[] | null;
  }[];
  readonly move: readonly { readonly row: KeyRow; readonly to: KeyState }[];
  readonly shorten: readonly { readonly row: KeyRow; readonly notAfter: Date }[];
}

const AGENT_PURPOSES: ReadonlySet<KeyPurpose> = new Set(['telemetry', 'evidence', 'witness']);
/** Rows of one identity, revoked ones included: who holds a good key must not fill the keyring with it. */
const MAX_ROWS = 512;
const ORDER: readonly KeyState[] = ['pending', 'active', 'retiring', 'revoked'];

/**
 * Whether the keys of an agent's set may enter the keyring, and what changes (PROTOCOL.md sections 15 and 19). All or
 * nothing: one key that may not be there refuses the set.
 *
 * The stricter of two states stands, and so does the earlier end: what an operator retired or revoked here does not
 * come back because the agent has not noticed. A revoked key that is announced as usable again is refused.
 * @param rows every key of the identity, and every other row with a public key of the set
 */
export function judgeAgentSet(
  keys: readonly KeySetKey[],
  authority: SetAuthority,
  rows: readonly KeyRow[],
): Result<KeyringChange> {
  const insert: KeyringChange['insert'][number][] = [];
  const move: KeyringChange['move'][number][] = [];
  const shorten: KeyringChange['shorten'][number][] = [];
  for (const [index, key] of keys.entries()) {
    const at = `/keys/keys/${index}`;
    const domain = domainOf(key, authority, at);
    if (!domain.ok) return domain;
    for (const purpose of key.purposes) {
      if (!AGENT_PURPOSES.has(purpose)) {
        return reject('schema_invalid', 'keys of this purpose are not an agent’s', `${at}/purpose`);
      }
      const same = rows.filter((row) => sameBytes(row.public_key, key.key.raw));
      const own = same.filter((row) => row.owner === authority.identity && row.purpose === purpose);
      if (own.length > 0) {
        const changed = changeOf(key, own, at);
        if (!changed.ok) return changed;
        move.push(...changed.value.move);
        shorten.push(...changed.value.shorten);
        continue;
      }
      // Never loaded, and ended already: there is nothing to end.
      if (key.state === 'revoked') continue;
      const refused = refuseNew(key, purpose, authority.identity, same, rows, at);
      if (refused !== null) return refused;
      insert.push({ purpose, from: key, domain: domain.value });
    }
  }
  const rowsOfOwner = rows.filter((row) => row.owner === authority.identity).length;
  if (rowsOfOwner + insert.length > MAX_ROWS) {
    return reject('schema_invalid', `an identity has at most ${MAX_ROWS} keys`, '/keys/keys');
  }
  return { ok: true, value: { insert, move, shorten } };
}

/** Never wider than whoever vouches for it: else a key of one tenant could make itself a key of all. */
function domainOf(key: KeySetKey, { tenants }: SetAuthority, at: string): Result<readonly string[] | null> {
  if (key.tenants === null) return { ok: true, value: tenants === null ? null : [...tenants].sort() };
  if (tenants !== null && key.tenants.some((tenant) => !tenants.has(tenant))) {
    return reject('key_domain_violation', 'the key would cover more than its signer may', `${at}/tenants`);
  }
  return { ok: true, value: [...new Set(key.tenants)].sort() };
}

function changeOf(
  key: KeySetKey,
  own: readonly KeyRow[],
  at: string,
): Result<Pick<KeyringChange, 'move' | 'shorten'>> {
  if (key.state !== 'revoked' && own.some((row) => row.state === 'revoked')) {
    return reject('schema_invalid', 'a revoked key never comes back', `${at}/state`);
  }
  if (key.state === 'retiring' && own.some((row) => row.state === 'pending')) {
    return reject('schema_invalid', 'a key that was never active is not retired', `${at}/state`);
  }
  const until = key.notAfter === null ? null : new Date(key.notAfter * 1000);
  return {
    ok: true,
    value: {
      move: own
        .filter((row) => ORDER.indexOf(key.state) > ORDER.indexOf(row.state))
        .map((row) => ({ row, to: key.state })),
      shorten: own.flatMap((row) => {
        if (until === null || (row.not_after !== null && row.not_after.getTime() <= until.getTime()))
          return [];
        return [{ row, notAfter: until }];
      }),
    },
  };
}

function refuseNew(
  key: KeySetKey,
  purpose: KeyPurpose,
  identity: string,
  same: readonly KeyRow[],
  rows: readonly KeyRow[],
  at: string,
): Rejection | null {
  // Only its holder can sign with it, and the set proves nothing about that: whoever has it already is its owner.
  if (same.some((row) => row.owner !== identity && row.state !== 'revoked')) {
    return reject('key_domain_violation', 'the key belongs to another owner', at);
  }
  const neighbours = rows.filter((row) => row.owner === identity && row.purpose === purpose);
  const obstacle = keyObstacle({ owner: identity, purpose, kid: key.kid, key: key.key }, same, neighbours);
  switch (obstacle?.code) {
    case undefined:
      return null;
    case 'key_revoked':
      return reject('schema_invalid', obstacle?.detail ?? '', `${at}/state`);
    case 'key_purpose_taken':
      return reject('schema_invalid', obstacle?.detail ?? '', `${at}/purpose`);
    case 'kid_taken':
    case 'key_exists':
      return reject('schema_invalid', obstacle?.detail ?? '', `${at}/kid`);
  }
}
