import { accept, graphAnchors, parseExecutionGraph } from '@nyxera/federation-protocol';
import { type Answer, success } from './accept/answer.ts';
import { authenticate } from './accept/authenticate.ts';
import { checkHeaderAgreement } from './accept/check-agreement.ts';
import { checkTenantBoundary } from './accept/check-tenant-boundary.ts';
import { evidenceOf } from './accept/dossier.ts';
import type { Gateway } from './accept/gateway.ts';
import type { InboundRequest } from './accept/inbound-request.ts';
import { judgeAndCommit } from './accept/judge-and-commit.ts';
import { parseBody } from './accept/parse-body.ts';
import { receiptOf } from './accept/receipt.ts';
import { adjustForGraph } from './feedback/adjust-for-graph.ts';

/**
 * `POST /internal/v1/cognitive/execution-graph`: PROTOCOL.md sections 5 and 8. The graph is kept with its
 * evidence, and what the rules make of it is kept with it, in one commit.
 */
export function acceptExecutionGraph(gateway: Gateway, request: InboundRequest): Promise<Answer> {
  const { checks } = gateway;
  return judgeAndCommit(gateway, request, async (dossier, attempt) => {
    const vouched = await authenticate(gateway, dossier, attempt); //                          steps 4 to 6
    if (!vouched.ok) return vouched;
    const { peer, signed } = vouched.value;

    const json = parseBody(dossier, checks.requireCanonicalJson); //                           step 7
    if (!json.ok) return json;
    const body = parseExecutionGraph(json.value.value);
    if (!body.ok) return body;
    const agreement = checkHeaderAgreement(body.value, signed); //                             step 8
    if (!agreement.ok) return agreement;
    const tenant = checkTenantBoundary(dossier, peer.trusted, {
      operatorId: body.value.operator_id,
      tenantId: body.value.tenant_id,
      keyDomain: signed.key.domain,
    }); //                                                                                     step 10
    if (!tenant.ok) return tenant;

    const { targetUrn, nodeCount } = graphAnchors(body.value);
    const graph = {
      executionFingerprint: body.value.execution_fingerprint.toLowerCase(),
      attestationMeasurementHash: body.value.attestation_measurement_hash.toLowerCase(),
      targetUrn,
      nodeCount,
    };
    const nowSeconds = Math.floor(request.receivedAtMs / 1000);
    return accept({
      rateLimit: { scope: 'graph', cost: 1 }, //                                               step 13
      effect: {
        kind: 'graph',
        evidence: evidenceOf(dossier, signed),
        graph,
        adjustments: adjustForGraph(gateway.rules, graph, request.requestId, nowSeconds),
      },
      answer: (outcome) =>
        success(202, {
          request_id: request.requestId,
          status: 'accepted',
          data: { graph_synced: true },
          errors: [],
          ...receiptOf(gateway.auditLog, outcome),
        }), //                                                                                 step 14
    });
  });
}
