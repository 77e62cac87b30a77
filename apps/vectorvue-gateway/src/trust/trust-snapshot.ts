import type { Ed25519PublicKey } from '@nyxera/federation-protocol';

/** What a key is for (PROTOCOL.md section 15). One key, one purpose, except telemetry and evidence. */
export type KeyPurpose = 'telemetry' | 'feedback' | 'evidence' | 'audit' | 'witness';
export type KeyState = 'pending' | 'active' | 'retiring' | 'revoked';
export type TenantState = 'active' | 'suspended';
/** A suspended identity is in no snapshot: to every check it is as if it were not declared. */
export type IdentityState = TenantState;

/** Owner of the gateway's own keys (feedback, audit); no service identity may be called so. */
export const GATEWAY_OWNER = '@gateway';

/** A certificate that an identity may present. Validity in Unix milliseconds, [from, until); null: unbounded. */
export interface Pin {
  /** Lower-case hex SHA-256 of the DER certificate. */
  readonly sha256: string;
  readonly notBeforeMs: number | null;
  readonly notAfterMs: number | null;
}

/** A declared service identity. `null` means: every operator, every tenant. Ended and future pins are included. */
export interface TrustedIdentity {
  readonly operators: ReadonlySet<string> | null;
  /** Tenant ids, lower case. */
  readonly tenants: ReadonlySet<string> | null;
  /** Besides the pin: the one URI SAN that the certificate must hold, compared exactly; null: not asked for. */
  readonly spiffeId: string | null;
  readonly pins: readonly Pin[];
}

export interface TrustedKey {
  readonly kid: string;
  readonly key: Ed25519PublicKey;
  /** Tenant ids, lower case, which the key may vouch for; null: all. */
  readonly domain: ReadonlySet<string> | null;
  /** Only an `active` key signs; `active` and `retiring` verify. */
  readonly state: 'active' | 'retiring';
  /** Of the gateway's own keys: where the private half is; null: nowhere, or where the environment says. */
  readonly signerUri: string | null;
}

/**
 * Everything that this gateway trusts, as of one committed version. Immutable: a request is judged by one
 * snapshot from its first check to its last, and the commit refuses it if the version has moved since.
 */
export interface TrustSnapshot {
  readonly version: number;
  /** When the load began, by the process clock, Unix milliseconds. */
  readonly loadedAtMs: number;
  /** The store could not confirm this version for longer than the bound: readiness must fail (promise 6). */
  readonly stale: boolean;
  /** Stored keys that today's validation refuses; they are not trusted, and `doctor` names them. */
  readonly faults: readonly string[];
  /** Exact comparison; null: not declared, or suspended. */
  identity(name: string): TrustedIdentity | null;
  /** Keys that may verify now: active or retiring, and within validity. */
  verifyKeys(identity: string, purpose: KeyPurpose, nowMs: number): readonly TrustedKey[];
  /** The one key which that kid names, by configured name or thumbprint, if it may verify now. */
  keyById(identity: string, purpose: KeyPurpose, kid: string, nowMs: number): TrustedKey | null;
  /** The mapped tenant, lower case. */
  tenantOf(operatorId: string): string | null;
  tenantState(tenantId: string): TenantState | null;
}

/** Whether a validity [from, until) covers a moment; all Unix milliseconds, null is unbounded. */
export function isWithin(notBeforeMs: number | null, notAfterMs: number | null, nowMs: number): boolean {
  return (notBeforeMs === null || nowMs >= notBeforeMs) && (notAfterMs === null || nowMs < notAfterMs);
}
