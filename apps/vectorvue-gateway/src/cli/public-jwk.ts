import { importPublicKey, type KeyPurpose, type PublicJwk, toJwk } from '@nyxera/federation-protocol';
import type { ListedKey } from '../store/read/list-trust.ts';

/**
 * A key of the keyring as it travels to a peer (PROTOCOL.md section 15). null: today's validation refuses it.
 * @param tenantId whom it is for (lower case): the set names that tenant and no other; null: it names all it covers
 */
export function publicJwk(
  row: ListedKey,
  purposes: readonly KeyPurpose[],
  tenantId: string | null,
): PublicJwk | null {
  const key = importPublicKey(row.public_key);
  if (!key.ok) return null;
  const tenants = row.domain === null ? null : tenantId === null ? row.domain : [tenantId];
  return toJwk(key.value, {
    kid: row.kid,
    use: 'sig',
    purpose: purposes,
    state: row.state,
    ...(tenants === null ? {} : { tenants }),
    ...(row.not_before === null ? {} : { nbf: seconds(row.not_before) }),
    ...(row.not_after === null ? {} : { exp: seconds(row.not_after) }),
  });
}

/** Whether a key is for that tenant too: a key of other tenants is unknown to this one. */
export function isForTenant(row: Pick<ListedKey, 'domain'>, tenantId: string): boolean {
  return row.domain === null || row.domain.includes(tenantId);
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
