import { accept, type Result, reject } from '@nyxera/federation-protocol';
import type { TrustedIdentity } from '../trust/trust-snapshot.ts';
import type { Dossier } from './dossier.ts';

/** What claims a tenant: the body, and the key that signed it. */
export interface TenantClaim {
  readonly operatorId: string;
  /** As the body wrote it; null where the body names none (evidence bundle), and the mapping decides. */
  readonly tenantId: string | null;
  readonly keyDomain: ReadonlySet<string> | null;
}

/**
 * Step 10, in this order: the operator is mapped; the mapped tenant is the claimed one, and not suspended;
 * the key may vouch for it; the identity may speak for the operator and the tenant. Returns the tenant,
 * lower case.
 */
export function checkTenantBoundary(
  dossier: Dossier,
  identity: TrustedIdentity,
  claim: TenantClaim,
): Result<string> {
  dossier.operatorId = claim.operatorId;
  const tenantId = dossier.trust.tenantOf(claim.operatorId);
  if (tenantId === null) return reject('operator_not_mapped', 'the operator has no tenant');
  if (claim.tenantId !== null && claim.tenantId.toLowerCase() !== tenantId) {
    return reject('tenant_mapping_violation', 'the operator belongs to another tenant');
  }
  if (dossier.trust.tenantState(tenantId) !== 'active') {
    return reject('tenant_mapping_violation', 'the tenant is suspended');
  }
  if (claim.keyDomain !== null && !claim.keyDomain.has(tenantId)) {
    return reject('key_domain_violation', 'the key may not vouch for the tenant');
  }
  const operatorAllowed = identity.operators === null || identity.operators.has(claim.operatorId);
  const tenantAllowed = identity.tenants === null || identity.tenants.has(tenantId);
  if (!operatorAllowed || !tenantAllowed) {
    return reject('operator_not_permitted', 'the identity may not speak for the operator');
  }
  dossier.tenantId = tenantId;
  return accept(tenantId);
}
