import { type Federation, HASH, OPERATOR, TENANT } from './federation.ts';
import { type Prepared, payload, PATHS as SINGLE_PATHS, type SignOptions, signed } from './requests.ts';

export const PATHS = { ...SINGLE_PATHS, batch: '/internal/v1/telemetry/batch' } as const;

type Body = Record<string, unknown>;

export function batchItem(
  changes: Body = {},
  attributes: Body = {},
): { execution_hash: string; payload: Body } {
  return { execution_hash: HASH, payload: payload(changes, attributes) };
}

/** One signature over all items (PROTOCOL.md section 6). */
export function batch(
  federation: Federation,
  items: readonly unknown[],
  options: SignOptions = {},
  changes: Body = {},
): Prepared {
  const operator = changes.operator_id ?? OPERATOR;
  const tenant = changes.tenant_id ?? TENANT;
  return signed(
    federation,
    PATHS.batch,
    (timestamp, nonce) => ({
      operator_id: operator,
      campaign_id: 'cmp-001',
      tenant_id: tenant,
      timestamp,
      nonce,
      signed_metadata: { operator_id: operator, tenant_id: tenant, campaign_id: 'cmp-001' },
      items,
      ...changes,
    }),
    options,
  );
}
