import { isCustodianUri, openSigner } from '@nyxera/federation-key-custody';

/**
 * The longest feedback that may have to be signed, bytes: a thousand adjustments with rationales as the default rules
 * write them take 0.6 MB. A custodian that signs less is refused at start, not at the first long answer.
 */
export const LARGEST_FEEDBACK_INPUT: number = 2 * 1024 * 1024;
/** A checkpoint of the audit log, bytes. */
export const LARGEST_CHECKPOINT_INPUT = 4_096;

/**
 * Opens a key once, to find at start what is wrong with it, and closes it. Returns that in words for an operator, null
 * where nothing is. Of an HSM or a key service the words are the custodian's own: they name the fault and what to do.
 */
export async function whyNotSigning(uri: string, largestInputBytes: number): Promise<string | null> {
  const opened = await openSigner(uri, { largestInputBytes });
  if (opened.ok) {
    await opened.value.close();
    return null;
  }
  if (isCustodianUri(uri)) return opened.detail;
  return opened.code === 'key_permissions'
    ? 'others may read its file; chmod it to 0600'
    : 'it cannot be read as an Ed25519 private key';
}
