import type { Ed25519PublicKey } from '@nyxera/federation-protocol';
import { type GatewayKey, mayVerify } from '../keys/gateway-keys.ts';
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
 * The most specific entry of a kid decides: what the gateway's newest set says for this tenant, then what a person took
 * for it, then `*`, then the environment, so that two gateways may both call their key `default`. A revoked key verifies
 * nothing under any kid: what was revoked must not live on in a variable somebody forgot.
 * @param learned from exchanges with the gateway in question, for this tenant
 */
export function feedbackKeyring(
  tenantId: string,
  declared: readonly DeclaredKey[],
  trusted: readonly TrustedKey[],
  nowSeconds: number,
  learned: readonly GatewayKey[] = [],
): (kid: string) => Ed25519PublicKey | null {
  const tenant = tenantId.toLowerCase();
  const revoked = new Set(
    [...trusted, ...learned].filter((one) => one.state === 'revoked').map((one) => one.key.toBase64()),
  );
  const entries = new Map<string, Ed25519PublicKey | null>();
  for (const one of declared) entries.set(one.kid, one.key);
  for (const scope of ['*', tenant]) {
    for (const one of trusted) {
      if (one.tenantId === scope) entries.set(one.kid, mayVerify(one, nowSeconds) ? one.key : null);
    }
  }
  for (const one of learned) {
    if (one.purpose === 'feedback') entries.set(one.kid, mayVerify(one, nowSeconds) ? one.key : null);
  }
  return (kid) => {
    const key = entries.get(kid) ?? null;
    return key === null || revoked.has(key.toBase64()) ? null : key;
  };
}
