import type { Ed25519PublicKey } from '@nyxera/federation-protocol';
import { v7 as uuidv7 } from 'uuid';
import { addKey } from '../trust/change-key.ts';
import { type KeyRow, keysOfOwner, updateKeyState, updateKeyUntil } from '../trust/key-rows.ts';
import type { TrustTransaction } from '../trust/trust-change.ts';
import { GATEWAY_OWNER } from '../trust/trust-snapshot.ts';
import {
  GENERAL,
  insertRotation,
  latestRotation,
  moveRotation,
  type PeerConfirmation,
  peerConfirmations,
  type RotationRow,
  type RotationScope,
  silentIdentities,
} from './rotation-rows.ts';

/** A new private key: its public half, and the URI under which gateways open it. */
export interface MadeKey {
  readonly key: Ed25519PublicKey;
  readonly uri: string;
}

export interface RotationOrder {
  readonly scope: RotationScope;
  /** How long agents still take what the old key signed. Seconds. */
  readonly overlapSeconds: number;
  /** After so long without every confirmation somebody is told. Seconds. */
  readonly confirmSeconds: number;
  readonly scheduled: boolean;
  readonly makeKey: () => Promise<MadeKey>;
}

/** Where a rotation stands, and whom it waits for. */
export interface RotationStanding {
  readonly rotation: RotationRow;
  readonly peers: readonly PeerConfirmation[];
  /** Identities that have never exchanged keys. */
  readonly silent: readonly string[];
  /** Somebody exchanges keys, and everybody who does has the new one. */
  readonly confirmed: boolean;
}

/** Prepare: a new key, pending, with its rotation. The caller has seen that none is under way. */
export async function prepareRotation(tx: TrustTransaction, order: RotationOrder): Promise<void> {
  const { scope } = order;
  const now = new Date(tx.author.nowMs);
  const { key, uri } = await order.makeKey();
  const domain = scope === GENERAL ? null : [scope];
  await addKey(
    tx,
    {
      owner: GATEWAY_OWNER,
      purpose: 'feedback',
      kid: key.kid,
      key,
      domain,
      state: 'pending',
      notBefore: null,
      notAfter: null,
      signerUri: uri,
    },
    'cli',
  );
  await insertRotation(tx, {
    tenant_id: scope,
    rotation_id: uuidv7(),
    new_kid: key.kid,
    old_kids: (await keysInScope(tx, scope)).filter((row) => row.state === 'active').map((row) => row.kid),
    overlap_seconds: order.overlapSeconds,
    scheduled: order.scheduled,
    started_by: tx.author.actor,
    started_at: now,
    alert_at: new Date(now.getTime() + order.confirmSeconds * 1000),
  });
  tx.record({ action: 'key.rotate.prepare', subject: GATEWAY_OWNER, kid: key.kid, ...tenantOf(scope) });
}

/**
 * Takes a rotation as far as it can go now: published -> confirmed -> active -> retired, and abandoned where its key was
 * revoked meanwhile. Under the trust lock, so every step is made once, by whichever gateway or command comes first.
 * @param force activates although an agent has not confirmed
 */
export async function advanceRotation(
  tx: TrustTransaction,
  scope: RotationScope,
  force: boolean,
): Promise<void> {
  const now = new Date(tx.author.nowMs);
  for (;;) {
    const rotation = await latestRotation(tx, scope);
    if (rotation === null) return;
    const to = await nextState(tx, rotation, force);
    if (to === null) return;
    const forced = to === 'active' && !(await standingOf(tx, rotation, now)).confirmed;
    if (to === 'active') await activate(tx, rotation, now);
    await moveRotation(tx, rotation, to, now, forced);
    const action = `key.rotate.${to === 'active' && forced ? 'force' : ACTION[to]}`;
    tx.record({ action, subject: GATEWAY_OWNER, kid: rotation.new_kid, ...tenantOf(scope) });
  }
}

const ACTION = { published: 'publish', active: 'activate', retired: 'retire', abandoned: 'abandon' } as const;

async function nextState(
  tx: TrustTransaction,
  rotation: RotationRow,
  force: boolean,
): Promise<keyof typeof ACTION | null> {
  const now = new Date(tx.author.nowMs);
  switch (rotation.state) {
    case 'prepared':
    case 'published': {
      const rows = await keysInScope(tx, rotation.tenant_id);
      const next = rows.find((row) => row.kid === rotation.new_kid);
      if (next?.state !== 'pending') return 'abandoned';
      if (rotation.state === 'prepared') return 'published';
      return force || (await standingOf(tx, rotation, now)).confirmed ? 'active' : null;
    }
    case 'active':
      return rotation.retire_at !== null && rotation.retire_at <= now ? 'retired' : null;
    case 'retired':
    case 'abandoned':
      return null;
  }
}

/** The new key signs, the old ones are taken until the overlap is over: one transaction, so that one always signs. */
async function activate(tx: TrustTransaction, rotation: RotationRow, now: Date): Promise<void> {
  const until = new Date(now.getTime() + rotation.overlap_seconds * 1000);
  const rows = await keysInScope(tx, rotation.tenant_id);
  // The next one first: the audit log is to read in this order, whichever kid comes first in the alphabet.
  for (const row of rows.filter(({ kid }) => kid === rotation.new_kid)) {
    await updateKeyState(tx, row, 'active');
    tx.record({ action: 'key.activate', subject: GATEWAY_OWNER, kid: row.kid });
  }
  for (const row of rows.filter(({ kid, state }) => kid !== rotation.new_kid && state === 'active')) {
    await updateKeyState(tx, row, 'retiring');
    if (row.not_after === null || row.not_after > until) await updateKeyUntil(tx, row, until);
    tx.record({ action: 'key.retire', subject: GATEWAY_OWNER, kid: row.kid });
  }
}

export async function standingOf(
  db: Pick<TrustTransaction, 'query'>,
  rotation: RotationRow,
  now: Date,
): Promise<RotationStanding> {
  const peers = await peerConfirmations(db, rotation.tenant_id, rotation.new_kid, now);
  const silent = await silentIdentities(db, rotation.tenant_id, now);
  return { rotation, peers, silent, confirmed: peers.length > 0 && peers.every((peer) => peer.confirmed) };
}

/** General keys, or those of that tenant alone: a key of several tenants is rotated by hand. */
async function keysInScope(tx: TrustTransaction, scope: RotationScope): Promise<readonly KeyRow[]> {
  const rows = await keysOfOwner(tx, GATEWAY_OWNER, 'feedback');
  return rows.filter((row) =>
    scope === GENERAL ? row.domain === null : row.domain?.length === 1 && row.domain[0] === scope,
  );
}

function tenantOf(scope: RotationScope): { readonly tenantId?: string } {
  return scope === GENERAL ? {} : { tenantId: scope };
}
