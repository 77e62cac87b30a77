import type { Database } from '../store/database.ts';
import { findIdentity, findPin, pin, putIdentity } from './change-identity.ts';
import { addKey } from './change-key.ts';
import { findTenantState, mapOperator } from './change-tenant.ts';
import { keysByPublicKey, updateKeyDomain } from './key-rows.ts';
import type { PeerFile, PeerKey } from './peer-file.ts';
import {
  type ChangeAuthor,
  changeTrust,
  refuse,
  type TrustResult,
  type TrustTransaction,
} from './trust-change.ts';
import { requireIdentity, requireTenant } from './trust-forms.ts';

export interface AddPeerInput {
  readonly peer: PeerFile;
  /** The pin to register: of the file, or given beside it where the file has none. */
  readonly certificateSha256: string;
  /** Let the file extend an identity that is declared already with other pins or keys. */
  readonly extend: boolean;
  /** Find out what would be done, and do nothing: always ends in the refusal `dry_run`, whose detail tells. */
  readonly dryRun: boolean;
}

/**
 * Registers an agent in one transaction: identity (limited to its operator and tenant), pin, keys (confined to
 * the tenant) and mapping. The same file again changes nothing.
 *
 * A file that names an identity which exists is refused unless `extend` is set, if it would change anything:
 * otherwise whoever writes a peer file could add his own certificate to somebody else's identity.
 */
export function addPeer(
  db: Database,
  author: ChangeAuthor,
  input: AddPeerInput,
): Promise<TrustResult<{ changes: readonly string[] }>> {
  return changeTrust(db, author, async (outer) => {
    const changes: string[] = [];
    const tx: TrustTransaction = {
      ...outer,
      record: (change) => {
        changes.push(change.action);
        outer.record(change);
      },
    };
    const { peer } = input;
    const identity = requireIdentity(peer.identity);
    const tenantId = requireTenant(peer.tenantId);
    if ((await findTenantState(tx, tenantId)) === 'suspended') {
      refuse('tenant_suspended', 'the tenant of this peer is suspended; resume it first');
    }
    await mapOperator(tx, { operatorId: peer.operatorId, tenantId, move: false }, 'cli');
    const existed = await admitIdentity(tx, identity, peer.operatorId, tenantId);
    await admitPin(tx, identity, input.certificateSha256);
    for (const key of peer.keys) {
      for (const purpose of key.purposes) await admitKey(tx, { identity, tenantId, key, purpose });
    }
    if (existed && !input.extend && changes.length > 0) {
      refuse(
        'identity_exists',
        `${identity} is declared already, and this file would add to it (${changes.join(', ')}); say --extend if that is meant`,
      );
    }
    if (input.dryRun) refuse('dry_run', changes.length === 0 ? 'nothing' : changes.join(', '));
    return { changes };
  });
}

/** Whether the identity was declared before. Its limits grow by this operator and tenant and never shrink. */
async function admitIdentity(
  tx: TrustTransaction,
  identity: string,
  operatorId: string,
  tenantId: string,
): Promise<boolean> {
  const present = await findIdentity(tx, identity);
  const limits = {
    operators: present === null ? [operatorId] : grown(present.operators, operatorId),
    tenants: present === null ? [tenantId] : grown(present.tenants, tenantId),
    spiffeId: present?.spiffe_id ?? null,
  };
  await putIdentity(tx, identity, limits, 'cli');
  return present !== null;
}

/** null is no limit, and stays none. */
function grown(limits: readonly string[] | null, value: string): readonly string[] | null {
  return limits === null ? null : [...limits, value];
}

async function admitPin(tx: TrustTransaction, identity: string, sha256: string): Promise<void> {
  const present = await findPin(tx, identity, sha256);
  if (present === null) return pin(tx, { identity, sha256 }, 'cli');
  if (present.not_after !== null && present.not_after.getTime() <= tx.author.nowMs) {
    refuse(
      'pin_exists',
      `this certificate was unpinned from ${identity}; if it is to come back, identity pin says so`,
    );
  }
}

async function admitKey(
  tx: TrustTransaction,
  input: { identity: string; tenantId: string; key: PeerKey; purpose: PeerKey['purposes'][number] },
): Promise<void> {
  const { identity, tenantId, key, purpose } = input;
  const rows = await keysByPublicKey(tx, key.key.raw);
  const own = rows.find(
    (row) => row.owner === identity && row.purpose === purpose && row.state !== 'revoked',
  );
  if (own === undefined) {
    await addKey(
      tx,
      {
        owner: identity,
        purpose,
        kid: key.kid,
        key: key.key,
        domain: [tenantId],
        state: 'active',
        notBefore: null,
        notAfter: null,
      },
      'cli',
    );
    return;
  }
  if (own.domain !== null && !own.domain.includes(tenantId)) {
    await updateKeyDomain(tx, own, [...own.domain, tenantId].sort());
    tx.record({ action: 'key.extend', subject: identity, kid: own.kid, tenantId });
  }
}
