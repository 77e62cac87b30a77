import * as base64url from 'jose/base64url';
import { sha256 } from '#digest-backend';

/** RFC 7638 thumbprint of an Ed25519 key (RFC 8037 appendix A.3): 43 characters of base64url. */
export function thumbprint(raw: Uint8Array): string {
  const x = base64url.encode(raw);
  return base64url.encode(sha256(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`));
}
