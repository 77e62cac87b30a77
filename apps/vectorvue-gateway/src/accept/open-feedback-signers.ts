import { openSigner, type Signer } from '@nyxera/federation-key-custody';
import type { Result } from '@nyxera/federation-protocol';
import { LARGEST_FEEDBACK_INPUT } from '../config/check-signer.ts';
import type { FeedbackSettings } from '../config/gateway-config.ts';
import type { DeclaredOwnKey } from '../trust/import-environment.ts';

export interface FeedbackSigners extends AsyncDisposable {
  /** The public halves of all configured keys, to be declared to the store. */
  readonly keys: readonly DeclaredOwnKey[];
  /** The one that signs; null where none is configured. */
  readonly active: { readonly kid: string; readonly signer: Signer } | null;
}

/** Opens a key of the keyring. It was not looked at with the configuration, so here it proves what it can sign. */
export function openForFeedback(uri: string): Promise<Result<Signer>> {
  return openSigner(uri, { largestInputBytes: LARGEST_FEEDBACK_INPUT });
}

/** Opens the configured feedback keys. Throws if one that was readable at the check of the configuration is not now. */
export async function openFeedbackSigners(settings: FeedbackSettings): Promise<FeedbackSigners> {
  const keys: DeclaredOwnKey[] = [];
  let active: FeedbackSigners['active'] = null;
  for (const { kid, uri } of settings.keys) {
    const opened = await openSigner(uri);
    if (!opened.ok) throw new Error(`the feedback key of kid ${kid} cannot be opened: ${opened.detail}`);
    keys.push({ purpose: 'feedback', kid, key: await opened.value.publicKey() });
    // Only the one that signs stays open: the others are here to be known by their public halves.
    if (kid === settings.activeKid) active = { kid, signer: opened.value };
    else await opened.value.close();
  }
  return { keys, active, [Symbol.asyncDispose]: async () => active?.signer.close() };
}
