import { canonicalizeCompat } from '@nyxera/federation-protocol';
import type { SendSigned, SignedOutcome } from '../prepare-envelope.ts';

export const FEEDBACK_QUERY_PATH = '/internal/v1/cognitive/feedback/adjustments/query';

/** Asks for the living adjustments of a tenant (PROTOCOL.md section 8); `limit` 1..1000. */
export function queryFeedback(
  sendSigned: SendSigned,
  query: { readonly operatorId: string; readonly tenantId: string; readonly limit: number },
): Promise<SignedOutcome> {
  return sendSigned(FEEDBACK_QUERY_PATH, (timestamp, nonce) =>
    canonicalizeCompat({
      limit: query.limit,
      nonce,
      operator_id: query.operatorId,
      tenant_id: query.tenantId,
      timestamp,
    }),
  );
}
