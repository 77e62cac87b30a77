import { accept, graphAnchors, parseExecutionGraph } from '@nyxera/federation-protocol';
import { type Answer, success } from './accept/answer.ts';
import { checkHeaderAgreement } from './accept/check-agreement.ts';
import { checkTenantBoundary } from './accept/check-tenant-boundary.ts';
import { evidenceOf } from './accept/dossier.ts';
import type { Gateway } from './accept/gateway.ts';
import { identifyPeer } from './accept/identify-peer.ts';
import type { InboundRequest } from './accept/inbound-request.ts';
import { judgeAndCommit } from './accept/judge-and-commit.ts';
import { parseBody } from './accept/parse-body.ts';
import { receiptOf } from './accept/receipt.ts';
import { verifyRequestSignature } from './accept/verify-request-signature.ts';
import { adjustForGraph } from './feedback/adjust-for-graph.ts';

/**
 * `POST /internal/v1/cognitive/execution-graph`: PROTOCOL.md sections 5 and 8. The graph is kept with its
 * evidence, and what the rules make of it is kept with it, in one commit.
 */
export function acceptExecutionGraph(gateway: Gateway, request: InboundRequest): Promise<Answer> {
  const { checks } = gateway;
  return judgeAndCommit(gateway, request, async (dossier, attempt) => {
    const peer = identifyPeer(dossier); //                                                     step 4
    if (!peer.ok) return peer;
    const admitted = gateway.peers.admit(peer.value.name, gateway.clock.now(), attempt); //    step 5
    if (!admitted.ok) return admitted;
    const signed = await verifyRequestSignature(gateway, dossier, peer.value.name); // step 6
    if (!signed.ok) return signed;

    const json = parseBody(dossier, checks.requireCanonicalJson); //                           step 7
    if (!json.ok) return json;
    const body = parseExecutionGraph(json.value.value);
    if (!body.ok) return body;
    const agreement = checkHeaderAgreement(body.value, signed.value); //                       step 8
    if (!agreement.ok) return agreement;
    const tenant = checkTenantBoundary(dossier, peer.value.trusted, {
      operatorId: body.value.operator_id,
      tenantId: body.value.tenant_id,
      keyDomain: signed.value.key.domain,
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
        evidence: evidenceOf(dossier, signed.value),
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
