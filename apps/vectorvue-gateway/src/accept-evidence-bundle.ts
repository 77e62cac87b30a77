import { accept, parseEvidenceBundle, reject } from '@nyxera/federation-protocol';
import { type Answer, success } from './accept/answer.ts';
import { admitIdentified } from './accept/authenticate.ts';
import { checkTenantBoundary } from './accept/check-tenant-boundary.ts';
import type { Gateway } from './accept/gateway.ts';
import type { InboundRequest } from './accept/inbound-request.ts';
import { judgeAndCommit } from './accept/judge-and-commit.ts';
import { parseBody } from './accept/parse-body.ts';
import { verifyBundleSignature } from './accept/verify-bundle-signature.ts';

/**
 * `POST /internal/v1/federation/verify`: PROTOCOL.md section 9. The request is not signed, the bundle in it
 * is: identity, schema, signature, tenant. No nonce is claimed, so the same bundle has the same answer.
 */
export function acceptEvidenceBundle(gateway: Gateway, request: InboundRequest): Promise<Answer> {
  const { checks } = gateway;
  return judgeAndCommit(gateway, request, async (dossier, attempt) => {
    const peer = admitIdentified(gateway, dossier, attempt); //                                steps 4 and 5
    if (!peer.ok) return peer;

    const json = parseBody(dossier, checks.requireCanonicalJson); //                           step 7
    if (!json.ok) return json;
    const bundle = parseEvidenceBundle(json.value.value);
    if (!bundle.ok) return bundle;
    const ageSeconds = Math.abs(Math.floor(request.receivedAtMs / 1000) - bundle.value.timestamp);
    if (checks.bundleMaxAgeSeconds > 0 && ageSeconds > checks.bundleMaxAgeSeconds) {
      return reject('timestamp_out_of_window', 'the bundle is older than this gateway takes');
    }
    const verified = await verifyBundleSignature(dossier, peer.value.name, bundle.value);
    if (!verified.ok) return verified;
    const tenant = checkTenantBoundary(dossier, peer.value.trusted, {
      operatorId: bundle.value.operator_id,
      tenantId: null,
      keyDomain: verified.value.key.domain,
    }); //                                                                                     step 10
    if (!tenant.ok) return tenant;

    const { bundleHash } = verified.value;
    return accept({
      rateLimit: null,
      effect: { kind: 'bundle', bundleHash },
      answer: () => success(200, { accepted: true, bundle_hash: bundleHash, request_id: request.requestId }), // step 14
    });
  });
}
