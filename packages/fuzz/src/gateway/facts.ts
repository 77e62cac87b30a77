import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** Who is who in the fuzzed world; the gateway is configured with it, the cases and the oracle are made from it. */
export const IDENTITY = 'fuzz-agent';
export const OPERATOR = 'op-fuzz-1';
export const OPERATORS: Readonly<Record<string, string>> = {
  'op-fuzz-1': '7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55',
  'op-fuzz-2': '0badc0de-0000-4000-8000-000000000002',
  'op-foreign': '7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55',
};
/** Mapped, but the identity may not speak for it. */
export const FORBIDDEN_OPERATOR = 'op-foreign';
export const KEY_NAME = 'fuzz-key';
export const SKEW_SECONDS = 30;
export const ALLOWED_VERSIONS: readonly string[] = ['1.0', '2.0'];

export interface Facts {
  /** Of the certificate that the sockets present, lower-case hex. */
  readonly certificateSha256: string;
  /** Of another certificate by the same CA, pinned to `other-agent`. */
  readonly otherSha256: string;
  readonly key: SigningKey;
  /** Keys nonces and event ids of one run, so that two runs against one gateway do not meet. */
  readonly salt: string;
}

export class SigningKey {
  readonly #key: KeyObject;
  #last: { readonly message: Buffer; readonly signature: string } | null = null;
  readonly publicBase64: string;
  readonly thumbprint: string;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    this.#key = privateKey;
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    this.publicBase64 = raw.toString('base64');
    const jwk = `{"crv":"Ed25519","kty":"OKP","x":"${raw.toString('base64url')}"}`;
    this.thumbprint = createHash('sha256').update(jwk).digest('base64url');
  }

  /**
   * Deterministic (RFC 8032): whoever signs the same message gets the same 64 bytes. So the last one is remembered:
   * the oracle signs what the case was signed over, unless something changed it since.
   */
  sign(message: Uint8Array): string {
    const known = this.#last;
    if (known?.message.equals(message) === true) return known.signature;
    const signature = sign(null, message, this.#key).toString('base64');
    this.#last = { message: Buffer.from(message), signature };
    return signature;
  }
}

export function requestMessage(timestamp: string, nonce: string, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${timestamp}.${nonce}.`, 'latin1'), body]);
}
