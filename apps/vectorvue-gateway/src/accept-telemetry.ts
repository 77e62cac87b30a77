import {
  accept,
  checkSchemaVersion,
  parseContractV2,
  parseTelemetryEnvelope,
} from '@nyxera/federation-protocol';
import { type Answer, problem, success } from './accept/answer.ts';
import { authenticate } from './accept/authenticate.ts';
import { checkHeaderAgreement, checkSignedMetadata } from './accept/check-agreement.ts';
import { checkTenantBoundary } from './accept/check-tenant-boundary.ts';
import { contentOfSingle } from './accept/content-of.ts';
import { evidenceOf } from './accept/dossier.ts';
import type { Gateway } from './accept/gateway.ts';
import type { InboundRequest } from './accept/inbound-request.ts';
import { judgeAndCommit } from './accept/judge-and-commit.ts';
import { judgeFingerprint } from './accept/judge-fingerprint.ts';
import { parseBody } from './accept/parse-body.ts';
import { receiptOf } from './accept/receipt.ts';
import { toEvent } from './accept/to-event.ts';
import type { ItemOutcome } from './store/commit-types.ts';

/**
 * `POST /internal/v1/telemetry`: PROTOCOL.md section 5, steps 3 to 14. The order is observable and part of
 * the contract. Every stage decides one thing and returns what the next one needs, or a rejection.
 * Before it: path, method, media type, size (http-app.ts). Around it: readiness, commit (judge-and-commit.ts).
 */
export function acceptTelemetry(gateway: Gateway, request: InboundRequest): Promise<Answer> {
  const { checks } = gateway;
  return judgeAndCommit(gateway, request, async (dossier, attempt) => {
    const vouched = await authenticate(gateway, dossier, attempt); //                          steps 4 to 6
    if (!vouched.ok) return vouched;
    const { peer, signed } = vouched.value;

    const json = parseBody(dossier, checks.requireCanonicalJson); //                           step 7
    if (!json.ok) return json;
    const envelope = parseTelemetryEnvelope(json.value.value);
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

    const { attributes } = envelope.value.payload;
    if (checks.enforceSchemaVersion) {
      const version = checkSchemaVersion(attributes, checks.allowedSchemaVersions); //         step 11
      if (!version.ok) return version;
    }
    const contract = parseContractV2(attributes); //                                           step 12
    if (!contract.ok) return contract;
    const fingerprint = judgeFingerprint(envelope.value, checks.fingerprintPolicy);
    if (!fingerprint.ok) return fingerprint;

    const content = contentOfSingle(request.body, json.value, envelope.value);
    return accept({
      rateLimit: { scope: 'telemetry', cost: 1 }, //                                           step 13
      effect: {
        kind: 'events',
        evidence: evidenceOf(dossier, signed),
        items: [toEvent(envelope.value, fingerprint.value, content)],
      },
      answer: (outcome) => acknowledge(gateway, request.requestId, outcome), //                step 14
    });
  });
}

function acknowledge(gateway: Gateway, requestId: string, outcome: ItemOutcome): Answer {
  if (outcome.status === 'conflict') return problem('event_conflict');
  const duplicate = outcome.status === 'duplicate';
  const receipt = receiptOf(gateway.auditLog, outcome);
  return success(202, { accepted: true, request_id: requestId, status: 'accepted', duplicate, ...receipt });
}
