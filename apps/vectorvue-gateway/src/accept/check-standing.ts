import { accept, type Result, reject } from '@nyxera/federation-protocol';
import type { TrustedIdentity, TrustedKey } from '../trust/trust-snapshot.ts';
import type { Dossier } from './dossier.ts';

/**
 * In place of step 10 where a request names no tenant (the audit log): an identity or a key that is confined to tenants
 * (or an identity to operators, and so to theirs) of which one is suspended and none is active is refused like them.
 * Who is not confined speaks for others as well.
 */
export function checkStanding(
  { trust }: Pick<Dossier, 'trust'>,
  identity: Pick<TrustedIdentity, 'operators' | 'tenants'>,
  key: Pick<TrustedKey, 'domain'>,
): Result<null> {
  const ofOperators =
    identity.operators === null
      ? null
      : new Set([...identity.operators].map((name) => trust.tenantOf(name) ?? ''));
  for (const confined of [identity.tenants, key.domain, ofOperators]) {
    const states = confined === null ? [] : [...confined].map((tenantId) => trust.tenantState(tenantId));
    if (states.includes('suspended') && !states.includes('active')) {
      return reject('tenant_mapping_violation', 'every tenant that the peer may speak for is suspended');
    }
  }
  return accept(null);
}

/** What is shown of a tenant: nothing while it is suspended. null: it belongs to no tenant. */
export function isShown({ trust }: Pick<Dossier, 'trust'>, tenantId: string | null): boolean {
  return tenantId === null || trust.tenantState(tenantId) !== 'suspended';
}
