import { accept, parseBatchEnvelope } from '@nyxera/federation-protocol';
import type { Answer } from './accept/answer.ts';
import { answerBatch } from './accept/answer-batch.ts';
import { authenticate } from './accept/authenticate.ts';
import { checkHeaderAgreement, checkSignedMetadata } from './accept/check-agreement.ts';
import { checkTenantBoundary } from './accept/check-tenant-boundary.ts';
import { contentOfItems } from './accept/content-of.ts';
import { evidenceOf } from './accept/dossier.ts';
import type { Gateway } from './accept/gateway.ts';
import type { InboundRequest } from './accept/inbound-request.ts';
import { judgeAndCommit } from './accept/judge-and-commit.ts';
import { judgeItems } from './accept/judge-items.ts';
import { parseBody } from './accept/parse-body.ts';

/**
 * `POST /internal/v1/telemetry/batch` (PROTOCOL.md section 6): one signature over many events. The order is that of
 * a single event (accept-telemetry.ts). Steps 3 to 10 are about the envelope and refuse the whole; the payload's part
 * of step 7, steps 11 and 12 and the fingerprint are about one item each and refuse it alone. Everything that is
 * accepted is one transaction, with one evidence row that the events point into.
 */
export function acceptTelemetryBatch(gateway: Gateway, request: InboundRequest): Promise<Answer> {
  const { checks } = gateway;
  return judgeAndCommit(gateway, request, async (dossier, attempt) => {
    const vouched = await authenticate(gateway, dossier, attempt); //                          steps 4 to 6
    if (!vouched.ok) return vouched;
    const { peer, signed } = vouched.value;

    const json = parseBody(dossier, checks.requireCanonicalJson); //                           step 7
    if (!json.ok) return json;
    const envelope = parseBatchEnvelope(json.value.value);
    if (!envelope.ok) return envelope;
    const agreement = checkHeaderAgreement(envelope.value, signed); //                         step 8
    if (!agreement.ok) return agreement;
    const metadata = checkSignedMetadata(envelope.value); //                                   step 9
    if (!metadata.ok) return metadata;
    const tenant = checkTenantBoundary(dossier, peer.trusted, {
      operatorId: envelope.value.operator_id,
      tenantId: envelope.value.tenant_id,
      keyDomain: signed.key.domain,
    }); //                                                                                     step 10
    if (!tenant.ok) return tenant;

    const contentOf = contentOfItems(request.body, json.value, envelope.value.items);
    const items = await judgeItems(envelope.value, checks, contentOf); //     per item: steps 7, 11 and 12

    return accept({
      // Admitted while one token is there; a rejected item costs what an accepted one does.
      rateLimit: { scope: 'telemetry', cost: items.length }, //                                step 13
      effect: { kind: 'events', evidence: evidenceOf(dossier, signed), items },
      answer: (_first, outcomes) => answerBatch(gateway.auditLog, request.requestId, items, outcomes), // step 14
    });
  });
}
