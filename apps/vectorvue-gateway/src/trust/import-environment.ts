import type { Ed25519PublicKey } from '@nyxera/federation-protocol';
import type { ConfigFault, DeclaredTrust } from '../config/gateway-config.ts';
import type { Database } from '../store/database.ts';
import { importIdentities } from './import-identities.ts';
import { importKeys } from './import-keys.ts';
import { importMappings } from './import-mappings.ts';
import { changeTrust, refuse, type TrustRefusalCode, type TrustTransaction } from './trust-change.ts';

/** A key of the gateway's own that this process can sign with; the private half stays with its signer. */
export interface DeclaredOwnKey {
  readonly purpose: 'feedback' | 'audit';
  readonly kid: string;
  readonly key: Ed25519PublicKey;
}

export interface ImportSummary {
  /** How many identities, pins, mappings, tenants and keys were written; 0: the store knew everything. */
  readonly changes: number;
  /** What the operator should know and the store did not follow; each names a command. */
  readonly warnings: readonly string[];
}

export type ImportResult =
  | { readonly ok: true; readonly value: ImportSummary }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

/** What the parts of the import share: one transaction, and what they found. */
export interface ImportRun {
  readonly tx: TrustTransaction;
  readonly warnings: string[];
  readonly faults: ConfigFault[];
}

/**
 * Brings what the environment declares into the store (PROTOCOL.md section 16), in one transaction.
 *
 * - Idempotent: a start with the same environment writes nothing, not even a trust version.
 * - The store is the truth. What the CLI wrote or ended stays: a revoked key stays revoked, an ended pin
 *   ended, an unmapped operator unmapped, limits and mappings of source `cli` as they are; each is a warning.
 * - What only the environment wrote follows the environment: its limits and mappings are changed to what it
 *   declares now.
 * - What the environment no longer declares stays trusted, and is a warning that names the command which ends
 *   it: during a rolling start two environments share one store, and the older must not cut off what the
 *   newer has just declared.
 * - A declaration that contradicts the keyring (a kid that names another key, a key with another purpose) is
 *   a fault of configuration, and then nothing is imported.
 */
export async function importEnvironment(
  db: Database,
  declared: DeclaredTrust,
  ownKeys: readonly DeclaredOwnKey[],
  nowMs: number,
): Promise<ImportResult> {
  const warnings: string[] = [];
  const faults: ConfigFault[] = [];
  let changes = 0;
  const author = { actor: 'environment', reason: 'declared by the environment at start', nowMs };
  const result = await changeTrust(db, author, async (tx) => {
    const counting: TrustTransaction = {
      ...tx,
      record: (change) => {
        changes += 1;
        tx.record(change);
      },
    };
    const run: ImportRun = { tx: counting, warnings, faults };
    await importIdentities(run, declared.identities);
    await importMappings(run, declared.operatorTenants);
    await importKeys(run, declared, ownKeys);
    // Which refusal it is does not matter: it only rolls back, and the faults are what is reported.
    if (faults.length > 0) refuse('key_invalid', 'the environment contradicts the store');
    return null;
  });
  if (result.ok) return { ok: true, value: { changes, warnings } };
  if (faults.length === 0) faults.push({ variable: variableOf(result.code), problem: result.detail });
  return { ok: false, faults };
}

/** The variable whose content was refused, by what was refused of it. */
function variableOf(code: TrustRefusalCode): string {
  if (code.startsWith('operator_') || code === 'tenant_invalid') return 'VV_TG_OPERATOR_TENANT_MAP';
  if (code.startsWith('k')) return 'VV_TG_SPECTRASTRIKE_ED25519_PUBKEY';
  return 'VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON';
}
