import { rmSync } from 'node:fs';
import type { Ed25519PublicKey } from '@nyxera/federation-protocol';
import type { Database } from '../store/database.ts';
import type { ChangeAuthor, TrustResult } from '../trust/trust-change.ts';
import { GATEWAY_OWNER } from '../trust/trust-snapshot.ts';
import { importKey } from '../trust/trust-store.ts';
import { makeFeedbackKey } from './make-key-file.ts';
import type { MadeKey } from './rotate.ts';

/** A key of the gateway whose private half is in custody already. */
export interface NewFeedbackKey {
  readonly key: Ed25519PublicKey;
  /** Where every gateway that is to sign with it opens the private half. */
  readonly signerUri: string;
  /** Configured name; absent: the RFC 7638 thumbprint. */
  readonly kid?: string | undefined;
  /** Tenants that it signs for, and no other; absent: all. */
  readonly tenants?: readonly string[] | undefined;
  /** It signs at once; else it is pending. */
  readonly active?: boolean | undefined;
  readonly notBefore?: Date | null | undefined;
  readonly notAfter?: Date | null | undefined;
}

export interface AddedFeedbackKey {
  readonly kid: string;
  /** Lower case; null: all. */
  readonly domain: readonly string[] | null;
  readonly state: 'pending' | 'active';
}

/** Enters a feedback key of the gateway into the keyring: the same for `key generate` and the console. */
export async function addFeedbackKey(
  db: Database,
  author: ChangeAuthor,
  input: NewFeedbackKey,
): Promise<TrustResult<AddedFeedbackKey>> {
  const kid = input.kid ?? input.key.kid;
  const domain = input.tenants?.map((tenant) => tenant.toLowerCase()) ?? null;
  const state = input.active === true ? 'active' : 'pending';
  const { key, signerUri, notBefore = null, notAfter = null } = input;
  const imported = await importKey(db, author, {
    owner: GATEWAY_OWNER,
    purposes: ['feedback'],
    kid,
    key,
    domain,
    state,
    notBefore,
    notAfter,
    signerUri,
  });
  return imported.ok ? { ok: true, value: { kid, domain, state } } : imported;
}

/** A private key in a file of the data directory, which can be taken away again while nobody knows of it. */
export interface UndoableKey extends MadeKey {
  readonly undo: () => void;
}

/** null: no file can be written there, and nothing was done. */
export async function makeUndoableKey(dataDir: string): Promise<UndoableKey | null> {
  try {
    const made = await makeFeedbackKey(dataDir);
    return { ...made, undo: () => rmSync(made.uri.slice('file:'.length), { force: true }) };
  } catch {
    return null;
  }
}
