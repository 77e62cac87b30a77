import { type OpenSignerOptions, openSigner } from '@nyxera/federation-key-custody';
import type { FeedbackConfig } from '../config.ts';
import type { State } from '../state/open-state.ts';
import { listOwnKeys, type OwnKey, type OwnPurpose, ownKeyIn } from './own-keys.ts';

type KeyUris = Pick<FeedbackConfig, 'signingKeyUri' | 'evidenceKeyUri'>;
type Declared = KeyUris & Partial<Pick<FeedbackConfig, 'keysApart'>>;

/**
 * Which private keys sign now: those that the environment declares, or what this agent has rotated them into.
 *
 * The declaration stays the root: as long as it names a key that the rotations began with, or one that they led to,
 * the active one signs. Once it names another, somebody has changed it, and it is obeyed.
 */
export async function activeKeys(
  state: State,
  declared: Declared,
  options: OpenSignerOptions,
): Promise<KeyUris> {
  // Each route's own: the one that rotations led to would sign for gateways that never heard of it.
  if (declared.keysApart === true) {
    return { signingKeyUri: declared.signingKeyUri, evidenceKeyUri: declared.evidenceKeyUri };
  }
  const own = state.read(() => listOwnKeys(state.db));
  const signingKeyUri = await activeUri(own, 'telemetry', declared.signingKeyUri, options);
  const apart = declared.evidenceKeyUri !== declared.signingKeyUri;
  const evidenceKeyUri = apart
    ? await activeUri(own, 'evidence', declared.evidenceKeyUri, options)
    : signingKeyUri;
  return { signingKeyUri, evidenceKeyUri };
}

async function activeUri(
  own: readonly OwnKey[],
  purpose: OwnPurpose,
  declaredUri: string,
  options: OpenSignerOptions,
): Promise<string> {
  const active = ownKeyIn(own, purpose, 'active');
  // Nothing was rotated: the declared key need not even be opened.
  if (active === undefined || active.source === 'environment') return declaredUri;
  const kid = await kidOf(declaredUri, options);
  const began = own.some((one) => one.purpose === purpose && one.kid === kid);
  return began ? active.signerUri : declaredUri;
}

/** null where it cannot be opened: whoever signs with it says so. */
async function kidOf(uri: string, options: OpenSignerOptions): Promise<string | null> {
  const opened = await openSigner(uri, options);
  if (!opened.ok) return null;
  try {
    return await opened.value.kid();
  } finally {
    await opened.value.close();
  }
}
