import { accept, parseFeedbackQuery } from '@nyxera/federation-protocol';
import type { Answer } from './accept/answer.ts';
import { authenticate } from './accept/authenticate.ts';
import { checkHeaderAgreement } from './accept/check-agreement.ts';
import { checkTenantBoundary } from './accept/check-tenant-boundary.ts';
import type { Gateway } from './accept/gateway.ts';
import type { InboundRequest } from './accept/inbound-request.ts';
import { judgeAndCommit } from './accept/judge-and-commit.ts';
import { parseBody } from './accept/parse-body.ts';

/**
 * `POST /internal/v1/cognitive/feedback/adjustments/query`: PROTOCOL.md sections 5 and 8. The answer is
 * signed before the commit, so that a signing failure claims no nonce, and sent after it. Queries have no
 * bucket of their own: they count against the peer only.
 */
export function acceptFeedbackQuery(gateway: Gateway, request: InboundRequest): Promise<Answer> {
  const { checks } = gateway;
  return judgeAndCommit(gateway, request, async (dossier, attempt) => {
    const vouched = await authenticate(gateway, dossier, attempt); //                          steps 4 to 6
    if (!vouched.ok) return vouched;
    const { peer, signed } = vouched.value;

    const json = parseBody(dossier, checks.requireCanonicalJson); //                           step 7
    if (!json.ok) return json;
    const query = parseFeedbackQuery(json.value.value);
    if (!query.ok) return query;
    const agreement = checkHeaderAgreement(query.value, signed); //                            step 8
    if (!agreement.ok) return agreement;
    const tenant = checkTenantBoundary(dossier, peer.trusted, {
      operatorId: query.value.operator_id,
      tenantId: query.value.tenant_id,
      keyDomain: signed.key.domain,
    }); //                                                                                     step 10
    if (!tenant.ok) return tenant;

    const feedback = await gateway.feedback.prepare({
      requestId: request.requestId,
      tenantId: tenant.value,
      tenantIdAsAsked: query.value.tenant_id,
      requestNonce: query.value.nonce,
      limit: query.value.limit,
      nowMs: gateway.clock.now(),
      trust: dossier.trust,
    });
    if (!feedback.ok) return feedback;
    const { json: answer, issued, reissued } = feedback.value;
    return accept({
      rateLimit: null,
      effect: { kind: 'query', issued, reissued },
      answer: () => ({ kind: 'success', status: 200, json: answer }), //                       step 14
    });
  });
}
