import type { Ed25519PublicKey } from '@nyxera/federation-protocol';
import type { TrustedKey } from './trusted-keys.ts';

/** A key that the environment declares, of every tenant. */
export interface DeclaredKey {
  readonly kid: string;
  readonly key: Ed25519PublicKey;
}

/**
 * The feedback keys of one tenant: kid -> key, or null where the kid is unknown, not valid now, or revoked
 * (PROTOCOL.md section 8, `unknown_kid`).
 *
 * The most specific entry of a kid decides: the tenant's own, then `*`, then the environment, so that two
 * gateways may both call their key `default`. A revoked key verifies nothing under any kid: what was revoked
 * by hand must not live on in a variable somebody forgot.
 */
export function feedbackKeyring(
  tenantId: string,
  declared: readonly DeclaredKey[],
  trusted: readonly TrustedKey[],
  nowSeconds: number,
): (kid: string) => Ed25519PublicKey | null {
  const tenant = tenantId.toLowerCase();
  const revoked = new Set(trusted.filter((one) => one.state === 'revoked').map((one) => one.key.toBase64()));
  const entries = new Map<string, Ed25519PublicKey | null>();
  for (const one of declared) entries.set(one.kid, one.key);
  for (const scope of ['*', tenant]) {
    for (const one of trusted) {
      if (one.tenantId === scope) entries.set(one.kid, mayVerify(one, nowSeconds) ? one.key : null);
    }
  }
  return (kid) => {
    const key = entries.get(kid) ?? null;
    return key === null || revoked.has(key.toBase64()) ? null : key;
  };
}

/** Active and retiring keys verify, within their validity; pending and revoked ones do not (section 15). */
function mayVerify(key: TrustedKey, nowSeconds: number): boolean {
  if (key.state !== 'active' && key.state !== 'retiring') return false;
  if (key.notBefore !== null && nowSeconds < key.notBefore) return false;
  return key.notAfter === null || nowSeconds < key.notAfter;
}
