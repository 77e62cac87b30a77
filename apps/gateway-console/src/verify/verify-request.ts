import { type Ed25519PublicKey, importPublicKey, verifyEd25519 } from '@nyxera/federation-protocol/ed25519';
import { requestSignatureInput } from '@nyxera/federation-protocol/signature-input';

/** What a peer signed, and by what, as it is stored (PROTOCOL.md section 3). */
export interface SignedRequest {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
  /** Unix seconds of the header. */
  readonly timestamp: number;
  readonly nonce: string;
  readonly body: Uint8Array;
}

export interface RequestSignature {
  readonly ok: boolean;
  /** The exact bytes that were signed; null where no request can have such headers. */
  readonly signed: Uint8Array | null;
  /** RFC 7638 thumbprint of the key; null where it is no key that may be used. */
  readonly kid: string | null;
}

/** Does again what the gateway did when the request came in: the bytes that were signed, and whether this key signed them. */
export function verifyRequestSignature(request: SignedRequest): RequestSignature {
  const key = importPublicKey(request.publicKey);
  const signed = inputOf(request);
  const ok = key.ok && signed !== null && verifies(key.value, signed, request.signature);
  return { ok, signed, kid: key.ok ? key.value.kid : null };
}

function verifies(key: Ed25519PublicKey, signed: Uint8Array, signature: Uint8Array): boolean {
  return verifyEd25519(key, signed, signature);
}

function inputOf({ timestamp, nonce, body }: SignedRequest): Uint8Array | null {
  try {
    return requestSignatureInput(timestamp, nonce, body);
  } catch {
    return null;
  }
}
