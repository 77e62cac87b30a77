import {
  accept,
  isFresh,
  parseSignatureHeaders,
  type Result,
  reject,
  requestSignatureHead,
} from '@nyxera/federation-protocol';
import type { Dossier, SignedFacts } from './dossier.ts';
import type { Gateway } from './gateway.ts';

/**
 * Step 6: signature headers, freshness, signature, in this order (PROTOCOL.md section 3). The message is
 * made from the bytes that arrived, never from a re-serialization.
 */
export async function verifyRequestSignature(
  { checks, verifier }: Pick<Gateway, 'checks' | 'verifier'>,
  dossier: Dossier,
  identity: string,
): Promise<Result<SignedFacts>> {
  const { request, trust } = dossier;
  const headers = parseSignatureHeaders(request.rawHeaders);
  if (!headers.ok) return headers;
  const { timestamp, nonce, signature, keyId } = headers.value;

  if (!isFresh(timestamp, Math.floor(request.receivedAtMs / 1000), checks.skewSeconds)) {
    return reject('timestamp_out_of_window', 'the header timestamp is too far from this clock');
  }
  const message = [requestSignatureHead(timestamp, nonce), request.body];
  const named = keyId === null ? null : trust.keyById(identity, 'telemetry', keyId, request.receivedAtMs);
  const candidates =
    keyId === null
      ? trust.verifyKeys(identity, 'telemetry', request.receivedAtMs)
      : named === null
        ? []
        : [named];
  for (const key of candidates) {
    if (await verifier.verify(key.key, message, signature)) {
      const signed: SignedFacts = { claim: { nonce, timestamp }, key, signature };
      dossier.signed = signed;
      dossier.kid = key.kid;
      return accept(signed);
    }
  }
  return reject('signature_invalid', 'no key of this identity verifies the signature');
}
