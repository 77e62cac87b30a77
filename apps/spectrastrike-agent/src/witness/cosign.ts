import type { Signer } from '@nyxera/federation-key-custody';
import {
  cosignatureInput,
  cosignatureLine,
  formatNoteSignature,
  isKeyName,
} from '@nyxera/federation-protocol';
import type { State } from '../state/open-state.ts';
import type { AuditClient } from './audit-client.ts';
import type { CosignOutcome } from './witness-outcome.ts';
import { recordCosigned, rememberedLog } from './witness-store.ts';

export interface CosignParts {
  readonly state: State;
  readonly client: Pick<AuditClient, 'cosign'>;
  /** Purpose `witness`; null: checkpoints are verified only. */
  readonly signer: Signer | null;
  /** The service identity, under which the gateway keeps the key. */
  readonly identity: string;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/**
 * Cosigns the checkpoint that is remembered and hands it in (C2SP tlog-cosignature v1). Only what is durably
 * remembered is ever signed: a witness that could forget what it vouched for could vouch for two histories.
 *
 * A cosignature that the gateway does not take changes nothing for this agent: the next checkpoint brings another.
 * @param text of the checkpoint, with its final newline.
 */
export async function cosign(
  parts: CosignParts,
  checkpoint: { readonly origin: string; readonly size: number; readonly text: string },
): Promise<CosignOutcome> {
  const { state, signer, identity } = parts;
  const { origin, size, text } = checkpoint;
  if (signer === null) return { kind: 'none' };
  const known = state.read(() => rememberedLog(state.db, origin));
  if (size === 0 || known?.cosignedSize === size) return { kind: 'known' };
  if (!isKeyName(identity)) {
    return failed(
      'identity_unusable',
      'the service identity cannot be the name of a key: it holds a plus sign',
    );
  }
  const timestamp = Math.floor(parts.now() / 1000);
  let line: string;
  try {
    const signature = await signer.sign(cosignatureInput(text, timestamp));
    line = formatNoteSignature(cosignatureLine(identity, await signer.publicKey(), timestamp, signature));
  } catch {
    return failed('key_unavailable', 'the witness key could not be used');
  }
  const handed = await parts.client.cosign(size, line.trimEnd());
  if (!handed.ok) return failed(handed.code, handed.detail);
  state.transaction(() => recordCosigned(state.db, origin, size));
  return { kind: 'taken' };
}

function failed(code: string, detail: string): CosignOutcome {
  return { kind: 'failed', code, detail };
}
