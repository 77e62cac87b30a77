import { decodeSignature } from '@nyxera/federation-protocol';
import { SignerFault } from '../signer-fault.ts';
import type { VaultSession } from './vault-session.ts';
import type { VaultUri } from './vault-uri.ts';

export type SignedItem = Uint8Array | SignerFault;

/**
 * One request for all messages, as `batch_input` where there are several. The answer is in their order; a message that
 * alone is refused does not take the others with it. Rejects where the whole request fails.
 */
export async function signBatch(
  session: VaultSession,
  uri: Pick<VaultUri, 'mount' | 'keyName'>,
  version: number,
  messages: readonly Uint8Array[],
): Promise<readonly SignedItem[]> {
  const inputs = messages.map((message) => ({
    input: Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString('base64'),
  }));
  const several = inputs.length > 1;
  const body = { key_version: version, ...(several ? { batch_input: inputs } : inputs[0]) };
  const { json } = await session.call({ method: 'POST', path: `${uri.mount}/sign/${uri.keyName}`, body });
  const data = (json as { readonly data?: Record<string, unknown> } | null)?.data;
  const results: unknown = several ? data?.batch_results : [data];
  if (!Array.isArray(results) || results.length !== messages.length) {
    throw new SignerFault('vault_answer_invalid', 'the answer has not one signature for each message');
  }
  return results.map((result) => readItem(result, version));
}

function readItem(result: unknown, version: number): SignedItem {
  const { signature, error } = (result ?? {}) as { readonly signature?: unknown; readonly error?: unknown };
  if (typeof error === 'string' && error !== '') {
    return new SignerFault('vault_request_refused', 'the server did not sign this message of a batch');
  }
  // `vault:v` and the version stand before the base64, so a server that took another version is found out here.
  const prefix = `vault:v${version}:`;
  if (typeof signature !== 'string' || !signature.startsWith(prefix)) {
    return new SignerFault(
      'vault_answer_invalid',
      'the answer has no signature of the key version that was asked for',
    );
  }
  const bytes = decodeSignature(signature.slice(prefix.length));
  return bytes ?? new SignerFault('vault_answer_invalid', 'the signature is not 64 bytes in base64');
}
