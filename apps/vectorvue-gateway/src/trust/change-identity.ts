import type { Statement } from '../store/database.ts';
import { refuse, type TrustTransaction } from './trust-change.ts';
import {
  requireIdentity,
  requireOperator,
  requirePin,
  requireSpiffeId,
  requireTenant,
  requireValidity,
  sameList,
  sortedList,
} from './trust-forms.ts';
import { type IdentityState, isWithin } from './trust-snapshot.ts';

/** Where a row comes from. What the CLI wrote is never changed back by the environment. */
export type Source = 'environment' | 'cli';

/** Limits of an identity; null: all. Tenants are lower case. */
export interface IdentityLimits {
  readonly operators: readonly string[] | null;
  readonly tenants: readonly string[] | null;
  /** The URI name that a pinned certificate must hold besides; null: none is asked for. */
  readonly spiffeId: string | null;
}

/** A change of limits: what is absent stays as it is; null lifts the limit. */
export interface LimitChange {
  readonly operators?: readonly string[] | null | undefined;
  readonly tenants?: readonly string[] | null | undefined;
  readonly spiffeId?: string | null | undefined;
}

/** As the database has it. */
export interface IdentityRow extends Omit<IdentityLimits, 'spiffeId'> {
  readonly identity: string;
  readonly spiffe_id: string | null;
  readonly state: IdentityState;
  readonly source: Source;
}

export interface PinRow {
  readonly identity: string;
  readonly sha256: string;
  readonly not_before: Date | null;
  readonly not_after: Date | null;
  readonly source: Source;
}

const SELECT_IDENTITY: Statement = {
  name: 'trust-select-identity-v3',
  text: 'SELECT identity, operators, tenants, spiffe_id, state, source FROM service_identities WHERE identity = $1',
};
const INSERT_IDENTITY: Statement = {
  name: 'trust-insert-identity-v2',
  text: 'INSERT INTO service_identities (identity, operators, tenants, source, created_at, spiffe_id) VALUES ($1, $2::text[], $3::text[], $4, $5, $6)',
};
const UPDATE_IDENTITY: Statement = {
  name: 'trust-update-identity-v2',
  text: 'UPDATE service_identities SET operators = $2::text[], tenants = $3::text[], source = $4, spiffe_id = $5 WHERE identity = $1',
};
const UPDATE_IDENTITY_STATE: Statement = {
  name: 'trust-update-identity-state-v1',
  text: 'UPDATE service_identities SET state = $2 WHERE identity = $1',
};
const SELECT_PIN: Statement = {
  name: 'trust-select-pin-v1',
  text: 'SELECT identity, sha256, not_before, not_after, source FROM identity_pins WHERE identity = $1 AND sha256 = $2',
};
const SELECT_PINS: Statement = {
  name: 'trust-select-pins-v1',
  text: 'SELECT identity, sha256, not_before, not_after, source FROM identity_pins WHERE identity = $1 ORDER BY created_at, sha256',
};
const INSERT_PIN: Statement = {
  name: 'trust-insert-pin-v1',
  text: 'INSERT INTO identity_pins (identity, sha256, not_before, not_after, source, created_at) VALUES ($1, $2, $3, $4, $5, $6)',
};
const UPDATE_PIN: Statement = {
  name: 'trust-update-pin-v1',
  text: 'UPDATE identity_pins SET not_before = $3, not_after = $4, source = $5 WHERE identity = $1 AND sha256 = $2',
};

export async function findIdentity(tx: TrustTransaction, identity: string): Promise<IdentityRow | null> {
  const [row] = await tx.query<IdentityRow>(SELECT_IDENTITY, [identity]);
  return row ?? null;
}

/** Declares an identity, or changes its limits. Equal limits: nothing is written. Returns whether anything was. */
export async function putIdentity(
  tx: TrustTransaction,
  name: string,
  limits: IdentityLimits,
  source: Source,
): Promise<boolean> {
  const identity = requireIdentity(name);
  const operators = sortedList(limits.operators?.map(requireOperator) ?? null);
  const tenants = sortedList(limits.tenants?.map(requireTenant) ?? null);
  const spiffeId = limits.spiffeId === null ? null : requireSpiffeId(limits.spiffeId);
  const present = await findIdentity(tx, identity);
  if (present === null) {
    const now = new Date(tx.author.nowMs);
    await tx.query(INSERT_IDENTITY, [identity, operators, tenants, source, now, spiffeId]);
    tx.record({ action: 'identity.declare', subject: identity });
    return true;
  }
  const isSame = sameList(present.operators, operators) && sameList(present.tenants, tenants);
  if (isSame && present.spiffe_id === spiffeId) return false;
  await tx.query(UPDATE_IDENTITY, [identity, operators, tenants, source, spiffeId]);
  tx.record({ action: 'identity.limit', subject: identity });
  return true;
}

/**
 * A suspended identity is refused everywhere at once, and its connections end. Its pins, limits and keys stay, and no
 * environment that declares it brings it back.
 */
export async function setIdentityState(
  tx: TrustTransaction,
  name: string,
  state: IdentityState,
): Promise<void> {
  const present = await findIdentity(tx, requireIdentity(name));
  if (present === null) return refuse('identity_unknown', `${name} is not a declared identity`);
  if (present.state === state) return refuse('identity_unchanged', `${name} is ${state} already`);
  await tx.query(UPDATE_IDENTITY_STATE, [name, state]);
  tx.record({ action: state === 'active' ? 'identity.resume' : 'identity.suspend', subject: name });
}

/** What the limits are after a change; a new identity is not limited where nothing is said. */
export function limitsAfter(
  present: Omit<IdentityRow, 'identity' | 'source' | 'state'> | null,
  change: LimitChange,
): IdentityLimits {
  const { operators, tenants, spiffeId } = change;
  return {
    operators: operators === undefined ? (present?.operators ?? null) : operators,
    tenants: tenants === undefined ? (present?.tenants ?? null) : tenants,
    spiffeId: spiffeId === undefined ? (present?.spiffe_id ?? null) : spiffeId,
  };
}

export interface PinInput {
  readonly identity: string;
  readonly sha256: string;
  readonly notBefore?: Date | null;
  readonly notAfter?: Date | null;
}

/** Pins a certificate to a declared identity. A pin that was ended may be pinned again, by the CLI only. */
export async function pin(tx: TrustTransaction, input: PinInput, source: Source): Promise<void> {
  const identity = requireIdentity(input.identity);
  const sha256 = requirePin(input.sha256);
  const notBefore = input.notBefore ?? null;
  const notAfter = input.notAfter ?? null;
  requireValidity(notBefore, notAfter);
  const [present] = await tx.query<PinRow>(SELECT_PIN, [identity, sha256]);
  if (present === undefined) {
    await tx.query(INSERT_PIN, [identity, sha256, notBefore, notAfter, source, new Date(tx.author.nowMs)]);
  } else {
    if (sameMoment(present.not_before, notBefore) && sameMoment(present.not_after, notAfter)) {
      refuse('pin_exists', `this certificate is already pinned to ${identity}`);
    }
    await tx.query(UPDATE_PIN, [identity, sha256, notBefore, notAfter, source]);
  }
  tx.record({ action: 'identity.pin', subject: identity, peerSha256: sha256 });
}

/**
 * The end of a pin that was unpinned: long past on every clock. "Now" would be the clock of whoever unpins, and a
 * gateway whose clock is behind would go on trusting the pin until it has caught up. When it was, the audit log says.
 */
export const UNPINNED = new Date(0);

/**
 * Ends a pin at once. The row stays, with its end, so that an environment which still declares the pin
 * does not bring it back at the next start.
 */
export async function unpin(tx: TrustTransaction, name: string, sha256Text: string): Promise<void> {
  const identity = requireIdentity(name);
  const sha256 = requirePin(sha256Text);
  const [present] = await tx.query<PinRow>(SELECT_PIN, [identity, sha256]);
  if (present === undefined) return refuse('pin_unknown', `no such pin of ${identity}`);
  if (present.not_after?.getTime() === UNPINNED.getTime()) {
    return refuse('pin_unknown', `that pin of ${identity} has already been ended`);
  }
  // An end before the beginning would be no validity at all, so the beginning goes.
  await tx.query(UPDATE_PIN, [identity, sha256, null, UNPINNED, 'cli']);
  tx.record({ action: 'identity.unpin', subject: identity, peerSha256: sha256 });
}

/** What the identity may present now, lower-case hex, the oldest first. */
export async function livingPins(tx: TrustTransaction, identity: string): Promise<readonly string[]> {
  const rows = await tx.query<PinRow>(SELECT_PINS, [identity]);
  return rows
    .filter(({ not_before: from, not_after: until }) =>
      isWithin(from?.getTime() ?? null, until?.getTime() ?? null, tx.author.nowMs),
    )
    .map(({ sha256 }) => sha256);
}

export async function findPin(
  tx: TrustTransaction,
  identity: string,
  sha256: string,
): Promise<PinRow | null> {
  const [row] = await tx.query<PinRow>(SELECT_PIN, [identity, sha256]);
  return row ?? null;
}

function sameMoment(left: Date | null, right: Date | null): boolean {
  return left?.getTime() === right?.getTime();
}
