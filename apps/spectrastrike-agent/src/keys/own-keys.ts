import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { type Ed25519PublicKey, importPublicKey } from '@nyxera/federation-protocol';

/** Keys that the agent rotates itself. Witness keys are exchanged by file. */
export const OWN_PURPOSES = ['telemetry', 'evidence'] as const;
export type OwnPurpose = (typeof OWN_PURPOSES)[number];

/**
 * `pending`: made, and known to gateways as soon as they were told; it does not sign. `active`: signs. `retiring`: does
 * not sign any more, and gateways still take what it signed, until `notAfter`. `revoked`: gateways are told to take it no more. At most one of a purpose is pending, and
 * one active: the database says so.
 */
export type OwnKeyState = 'pending' | 'active' | 'retiring' | 'revoked';

/** One of the agent's own keys; the public half, and where the private one is. */
export interface OwnKey {
  readonly kid: string;
  readonly purpose: OwnPurpose;
  readonly key: Ed25519PublicKey;
  /** A path or a signer URI. */
  readonly signerUri: string;
  readonly source: 'environment' | 'generated';
  readonly state: OwnKeyState;
  /** Unix milliseconds. */
  readonly createdAtMs: number;
  readonly activatedAtMs: number | null;
  /** Unix seconds; null: no end is set. */
  readonly notAfter: number | null;
}

/** Oldest first. Every function here runs within the caller's transaction or read. */
export function listOwnKeys(db: DatabaseSync): readonly OwnKey[] {
  return db
    .prepare(
      `SELECT kid, purpose, public_key, signer, source, state, created_at_ms, activated_at_ms, not_after
         FROM own_keys ORDER BY created_at_ms, kid`,
    )
    .all()
    .flatMap(toOwnKey);
}

export function ownKeyIn(
  keys: readonly OwnKey[],
  purpose: OwnPurpose,
  state: OwnKeyState,
): OwnKey | undefined {
  return keys.find((one) => one.purpose === purpose && one.state === state);
}

export type NewOwnKey = Pick<OwnKey, 'purpose' | 'key' | 'signerUri' | 'source' | 'state'>;

export function insertOwnKey(db: DatabaseSync, key: NewOwnKey, nowMs: number): void {
  db.prepare(
    `INSERT INTO own_keys (kid, purpose, public_key, signer, source, state, created_at_ms, activated_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    key.key.kid,
    key.purpose,
    key.key.raw,
    key.signerUri,
    key.source,
    key.state,
    nowMs,
    key.state === 'active' ? nowMs : null,
  );
}

/**
 * The key that the environment declares, where this agent does not know it yet. It is what signs from now on: somebody
 * has changed the declaration, and what was active here retires.
 * @param notAfter Unix seconds, for that one
 */
export function adoptDeclaredKey(
  db: DatabaseSync,
  declared: Pick<OwnKey, 'purpose' | 'key' | 'signerUri'>,
  notAfter: number,
  nowMs: number,
): void {
  const known = db.prepare('SELECT 1 FROM own_keys WHERE kid = ?').get(declared.key.kid);
  if (known !== undefined) return;
  retireActive(db, declared.purpose, notAfter);
  insertOwnKey(db, { ...declared, source: 'environment', state: 'active' }, nowMs);
}

/** The pending key signs from now on, and the active one retires. @param notAfter Unix seconds, for that one */
export function switchOwnKeys(db: DatabaseSync, purpose: OwnPurpose, notAfter: number, nowMs: number): void {
  retireActive(db, purpose, notAfter);
  db.prepare(
    `UPDATE own_keys SET state = 'active', activated_at_ms = ? WHERE purpose = ? AND state = 'pending'`,
  ).run(nowMs, purpose);
}

/** It never comes back. Not for the key that signs: that one is replaced first. */
export function revokeOwnKey(db: DatabaseSync, kid: string): void {
  db.prepare(`UPDATE own_keys SET state = 'revoked' WHERE kid = ? AND state <> 'active'`).run(kid);
}

function retireActive(db: DatabaseSync, purpose: OwnPurpose, notAfter: number): void {
  db.prepare(
    `UPDATE own_keys SET state = 'retiring', not_after = ? WHERE purpose = ? AND state = 'active'`,
  ).run(notAfter, purpose);
}

function toOwnKey(row: Record<string, SQLOutputValue>): readonly OwnKey[] {
  // Validated again at every load: the file may have been changed by somebody else's hand.
  const imported = row.public_key instanceof Uint8Array ? importPublicKey(row.public_key) : null;
  if (imported === null || !imported.ok || imported.value.kid !== row.kid) return [];
  return [
    {
      kid: imported.value.kid,
      purpose: row.purpose === 'evidence' ? 'evidence' : 'telemetry',
      key: imported.value,
      signerUri: String(row.signer),
      source: row.source === 'generated' ? 'generated' : 'environment',
      state: String(row.state) as OwnKeyState,
      createdAtMs: Number(row.created_at_ms),
      activatedAtMs: row.activated_at_ms === null ? null : Number(row.activated_at_ms),
      notAfter: row.not_after === null ? null : Number(row.not_after),
    },
  ];
}
