import { type Ed25519PublicKey, importPublicKey } from '@nyxera/federation-protocol';
import { findIdentity, type Source } from './change-identity.ts';
import {
  insertKey,
  type KeyRow,
  keysByPublicKey,
  keysOfOwner,
  sameBytes,
  updateKeyState,
} from './key-rows.ts';
import { type KeyStep, nextKeyState } from './key-states.ts';
import { refuse, type TrustTransaction } from './trust-change.ts';
import { requireIdentity, requireKid, requireTenant, requireValidity, sortedList } from './trust-forms.ts';
import { GATEWAY_OWNER, type KeyPurpose, type KeyState } from './trust-snapshot.ts';

export interface KeyInput {
  /** A declared identity, or `@gateway` for feedback and audit. */
  readonly owner: string;
  readonly purpose: KeyPurpose;
  readonly kid: string;
  readonly key: Ed25519PublicKey;
  /** Tenants; null: all. */
  readonly domain: readonly string[] | null;
  readonly state: Extract<KeyState, 'pending' | 'active' | 'retiring'>;
  readonly notBefore: Date | null;
  readonly notAfter: Date | null;
  /** Where the gateway finds the private half; only of its own keys. */
  readonly signerUri?: string | null;
}

/** What has to hold before a key may enter the keyring; null: it may. The import of the environment asks the same. */
export type KeyObstacle = {
  readonly code: 'key_exists' | 'kid_taken' | 'key_purpose_taken' | 'key_revoked';
  readonly detail: string;
};

/** A thumbprint is 32 bytes in base64url: a name of that form must not look like somebody else's. */
const THUMBPRINT_FORM = /^[A-Za-z0-9_-]{43}$/;

/**
 * Why this key may not be added (PROTOCOL.md section 15).
 * @param sameKey every row that holds this public key, whoever owns it
 * @param neighbours every row of the same owner and purpose
 */
export function keyObstacle(
  candidate: Pick<KeyInput, 'owner' | 'purpose' | 'kid' | 'key'>,
  sameKey: readonly KeyRow[],
  neighbours: readonly KeyRow[],
): KeyObstacle | null {
  const { owner, purpose, kid, key } = candidate;
  const own = sameKey.find((row) => row.owner === owner && row.purpose === purpose);
  if (own !== undefined && own.state !== 'revoked') {
    return { code: 'key_exists', detail: `${owner} has this key already, as ${own.kid} (${own.state})` };
  }
  // A leaked key is leaked for everybody: under another name, owner or purpose it stays out as well.
  const revoked = sameKey.find((row) => row.state === 'revoked');
  if (revoked !== undefined) {
    const why = revoked.reason === null ? '' : `: ${revoked.reason}`;
    return {
      code: 'key_revoked',
      detail: `this key was revoked as ${revoked.kid} of ${revoked.owner}${why}`,
    };
  }
  const foreign = sameKey.find((row) => !mayShare(row.purpose, purpose));
  if (foreign !== undefined) {
    return {
      code: 'key_purpose_taken',
      detail: `one key serves one purpose, and this one serves ${foreign.purpose} for ${foreign.owner}`,
    };
  }
  const namesake = neighbours.find((row) => row.kid === kid);
  if (namesake !== undefined) {
    return {
      code: 'kid_taken',
      detail: `${kid} names another ${purpose} key of ${owner} (${namesake.state})`,
    };
  }
  if (THUMBPRINT_FORM.test(kid) && kid !== key.kid) {
    return { code: 'kid_taken', detail: `${kid} has the form of a thumbprint, and it is not this key's` };
  }
  return null;
}

function mayShare(one: KeyPurpose, other: KeyPurpose): boolean {
  const shared: readonly KeyPurpose[] = ['telemetry', 'evidence'];
  return one === other || (shared.includes(one) && shared.includes(other));
}

/** Adds a public key to the keyring. */
export async function addKey(tx: TrustTransaction, input: KeyInput, source: Source): Promise<void> {
  await requireOwner(tx, input.owner, input.purpose);
  const kid = requireKid(input.kid);
  const domain = sortedList(input.domain?.map(requireTenant) ?? null);
  requireValidity(input.notBefore, input.notAfter);
  if (input.signerUri != null && input.owner !== GATEWAY_OWNER) {
    refuse('key_purpose_invalid', `only keys of ${GATEWAY_OWNER} are signed with here`);
  }
  const obstacle = keyObstacle(
    input,
    await keysByPublicKey(tx, input.key.raw),
    await keysOfOwner(tx, input.owner, input.purpose),
  );
  if (obstacle !== null) refuse(obstacle.code, obstacle.detail);
  await insertKey(tx, {
    owner: input.owner,
    purpose: input.purpose,
    kid,
    public_key: input.key.raw,
    domain,
    state: input.state,
    not_before: input.notBefore,
    not_after: input.notAfter,
    source,
    reason: tx.author.reason,
    signer_uri: input.signerUri ?? null,
  });
  tx.record({ action: `key.import.${input.purpose}`, subject: input.owner, kid });
}

async function requireOwner(tx: TrustTransaction, owner: string, purpose: KeyPurpose): Promise<void> {
  const ofGateway = purpose === 'feedback' || purpose === 'audit';
  if (ofGateway !== (owner === GATEWAY_OWNER)) {
    const whose = ofGateway ? `belong to ${GATEWAY_OWNER}` : 'belong to a service identity';
    refuse('key_purpose_invalid', `${purpose} keys ${whose}`);
  }
  if (ofGateway) return;
  if ((await findIdentity(tx, requireIdentity(owner))) === null) {
    refuse('identity_unknown', `${owner} is not a declared identity; pin it first`);
  }
}

/** Which rows a step is about. Without owner and purpose: every row that the kid names. */
export interface KeySelector {
  /** Configured name or thumbprint. */
  readonly kid: string;
  readonly owner: string | null;
  readonly purpose: KeyPurpose | null;
}

/** Rows by configured name or thumbprint. A kid that names two different keys is refused, not guessed. */
export function selectKeys(rows: readonly KeyRow[], selector: KeySelector): readonly KeyRow[] {
  const inScope = rows.filter((row) => isInScope(row, selector));
  const byName = inScope.filter((row) => row.kid === selector.kid);
  const found = byName.length > 0 ? byName : inScope.filter((row) => thumbprintOf(row) === selector.kid);
  const first = found[0];
  if (first === undefined) return refuse('key_unknown', 'no such key; see key list');
  if (found.some((row) => !sameBytes(row.public_key, first.public_key))) {
    const owners = found.map((row) => `${row.owner} (${row.purpose})`).join(', ');
    return refuse('key_ambiguous', `this kid names different keys of ${owners}: say --identity or --purpose`);
  }
  return found;
}

function isInScope(row: KeyRow, { owner, purpose }: KeySelector): boolean {
  return (owner === null || row.owner === owner) && (purpose === null || row.purpose === purpose);
}

/**
 * Moves keys one step. All rows of one step are the same public key.
 *
 * A revocation takes every row of its scope that holds this public key, also under another name; without a scope
 * that is everybody's: who has the private key has it everywhere.
 */
export async function moveKeys(
  tx: TrustTransaction,
  rows: readonly KeyRow[],
  selector: KeySelector,
  step: KeyStep,
): Promise<readonly KeyRow[]> {
  const selected = selectKeys(rows, selector);
  const [first] = selected;
  const aliases = (key: Uint8Array) =>
    rows.filter((row) => isInScope(row, selector) && sameBytes(row.public_key, key));
  const targets = step === 'revoke' && first !== undefined ? aliases(first.public_key) : selected;
  const moved: KeyRow[] = [];
  const refusals: string[] = [];
  for (const row of targets) {
    const next = nextKeyState(row.state, step);
    if (!next.ok) {
      refusals.push(`${row.kid} of ${row.owner} (${row.purpose}): ${next.why}`);
      continue;
    }
    await updateKeyState(tx, row, next.to);
    tx.record({ action: `key.${step}`, subject: row.owner, kid: row.kid });
    moved.push({ ...row, state: next.to });
  }
  // Where some rows can be moved, those that are there already do not stand in the way.
  if (moved.length === 0) refuse('key_state', refusals.join('; '));
  return moved;
}

/** The RFC 7638 thumbprint of a stored key; null where today's validation refuses the key. */
export function thumbprintOf(row: Pick<KeyRow, 'public_key'>): string | null {
  const imported = importPublicKey(row.public_key);
  return imported.ok ? imported.value.kid : null;
}
