import type { Database } from '../store/database.ts';
import {
  findIdentity,
  type IdentityLimits,
  type LimitChange,
  limitsAfter,
  livingPins,
  type PinInput,
  pin,
  putIdentity,
  setIdentityState,
  unpin,
} from './change-identity.ts';
import { addKey, type KeyInput, type KeySelector, moveKeys } from './change-key.ts';
import { createTenant, mapOperator, setTenantState, unmapOperator } from './change-tenant.ts';
import { allKeys, type KeyRow } from './key-rows.ts';
import type { KeyStep } from './key-states.ts';
import { type ChangeAuthor, changeTrust, refuse, type TrustResult } from './trust-change.ts';
import type { IdentityState, KeyPurpose, TenantState } from './trust-snapshot.ts';

/**
 * Every way in which an operator changes trust: identities, pins, limits, mappings, tenants, keys.
 *
 * Each function is one transaction under the exclusive trust lock, with its audit entries; a refusal is a
 * value and leaves nothing behind. When a function resolves, the change is durable, every commit that was
 * judged by older trust is refused, and running gateways have been notified.
 */

/** Pins a certificate; declares the identity where it is new. Limits that are not named stay as they are. */
export function pinIdentity(
  db: Database,
  author: ChangeAuthor,
  input: PinInput & { readonly limits: LimitChange | null },
): Promise<TrustResult<{ created: boolean }>> {
  return changeTrust(db, author, async (tx) => {
    const present = await findIdentity(tx, input.identity);
    const created = present === null;
    if (created || input.limits !== null) {
      await putIdentity(tx, input.identity, limitsAfter(present, input.limits ?? {}), 'cli');
    }
    await pin(tx, input, 'cli');
    return { created };
  });
}

/**
 * Pins the certificate that will come after the present one, which stays. For an identity that is declared and can speak
 * now: a misspelt name must not become a new identity. Answers with the pins that are valid at that moment.
 */
export function pinNext(
  db: Database,
  author: ChangeAuthor,
  input: PinInput,
): Promise<TrustResult<{ present: readonly string[] }>> {
  return changeTrust(db, author, async (tx) => {
    if ((await findIdentity(tx, input.identity)) === null) {
      refuse('identity_unknown', `${input.identity} is not a declared identity`);
    }
    const present = await livingPins(tx, input.identity);
    if (present.length === 0) {
      refuse('pin_unknown', `${input.identity} has no pin that is valid now, so none can be its next`);
    }
    await pin(tx, input, 'cli');
    return { present };
  });
}

export function unpinIdentity(
  db: Database,
  author: ChangeAuthor,
  input: { readonly identity: string; readonly sha256: string },
): Promise<TrustResult<null>> {
  return changeTrust(db, author, async (tx) => {
    await unpin(tx, input.identity, input.sha256);
    return null;
  });
}

export function changeIdentityState(
  db: Database,
  author: ChangeAuthor,
  input: { readonly identity: string; readonly state: IdentityState },
): Promise<TrustResult<null>> {
  return changeTrust(db, author, async (tx) => {
    await setIdentityState(tx, input.identity, input.state);
    return null;
  });
}

/** Limits a declared identity to operators, tenants, a SPIFFE name; null lifts a limit, what is not named stays. */
export function limitIdentity(
  db: Database,
  author: ChangeAuthor,
  input: LimitChange & { readonly identity: string },
): Promise<TrustResult<IdentityLimits & { changed: boolean }>> {
  return changeTrust(db, author, async (tx) => {
    const present = await findIdentity(tx, input.identity);
    if (present === null) refuse('identity_unknown', `${input.identity} is not a declared identity`);
    const wasChanged = await putIdentity(tx, input.identity, limitsAfter(present, input), 'cli');
    const { operators, tenants, spiffe_id: spiffeId } = (await findIdentity(tx, input.identity)) ?? present;
    return { operators, tenants, spiffeId, changed: wasChanged };
  });
}

export function mapTenant(
  db: Database,
  author: ChangeAuthor,
  input: { readonly operatorId: string; readonly tenantId: string; readonly move: boolean },
): Promise<TrustResult<{ changed: boolean }>> {
  return changeTrust(db, author, async (tx) => ({ changed: await mapOperator(tx, input, 'cli') }));
}

export function unmapTenant(
  db: Database,
  author: ChangeAuthor,
  input: { readonly operatorId: string },
): Promise<TrustResult<{ tenantId: string }>> {
  return changeTrust(db, author, async (tx) => ({ tenantId: await unmapOperator(tx, input.operatorId) }));
}

export function addTenant(
  db: Database,
  author: ChangeAuthor,
  input: { readonly tenantId: string; readonly name: string | null },
): Promise<TrustResult<{ tenantId: string }>> {
  return changeTrust(db, author, async (tx) => ({ tenantId: await createTenant(tx, input) }));
}

export function changeTenantState(
  db: Database,
  author: ChangeAuthor,
  input: { readonly tenantId: string; readonly state: TenantState },
): Promise<TrustResult<null>> {
  return changeTrust(db, author, async (tx) => {
    await setTenantState(tx, input.tenantId, input.state);
    return null;
  });
}

/** One public key, for one purpose or for telemetry and evidence at once. */
export type ImportedKey = Omit<KeyInput, 'purpose'> & { readonly purposes: readonly KeyPurpose[] };

export function importKey(
  db: Database,
  author: ChangeAuthor,
  input: ImportedKey,
): Promise<TrustResult<readonly boolean[]>> {
  return importKeys(db, author, [input]);
}

/**
 * All or none: a set in which one key is refused imports nothing. Of a set of several, keys that are there already under
 * the same name stay as they are: a peer's file holds its present key beside the next one.
 * @returns for each input, whether it was added
 */
export function importKeys(
  db: Database,
  author: ChangeAuthor,
  inputs: readonly ImportedKey[],
): Promise<TrustResult<readonly boolean[]>> {
  return changeTrust(db, author, async (tx) => {
    const before = inputs.length > 1 ? await allKeys(tx) : [];
    const added: boolean[] = [];
    for (const input of inputs) {
      const missing = input.purposes.filter((purpose) => !before.some((row) => isSame(row, input, purpose)));
      for (const purpose of missing) await addKey(tx, { ...input, purpose }, 'cli');
      added.push(missing.length > 0);
    }
    return added;
  });
}

function isSame(row: KeyRow, { owner, kid, key }: ImportedKey, purpose: KeyPurpose): boolean {
  const named = row.owner === owner && row.purpose === purpose && row.kid === kid;
  return named && row.state !== 'revoked' && Buffer.compare(row.public_key, key.raw) === 0;
}

/** Activates, retires or revokes what the selector names; returns the rows as they are now. */
export function moveKey(
  db: Database,
  author: ChangeAuthor,
  step: KeyStep,
  selector: KeySelector,
): Promise<TrustResult<readonly KeyRow[]>> {
  return changeTrust(db, author, async (tx) => moveKeys(tx, await allKeys(tx), selector, step));
}
