import { accept, parseKeyExchange } from '@nyxera/federation-protocol';
import { type Answer, success } from './accept/answer.ts';
import { authenticate } from './accept/authenticate.ts';
import { checkHeaderAgreement } from './accept/check-agreement.ts';
import { checkTenantBoundary } from './accept/check-tenant-boundary.ts';
import type { Gateway } from './accept/gateway.ts';
import type { InboundRequest } from './accept/inbound-request.ts';
import { judgeAndCommit } from './accept/judge-and-commit.ts';
import { parseBody } from './accept/parse-body.ts';

/**
 * `POST /internal/v1/federation/keys` (PROTOCOL.md section 19): an agent brings its signed key set and says which of
 * ours it has loaded; the answer is our set for that tenant, and which of its keys may verify here.
 *
 * The set is loaded before the commit that claims the nonce. Its version proves that it is new, so the same one twice,
 * or one whose request turns out to be a replay, changes nothing. Loading it mostly moves trust, and then the commit
 * sends the request round once more, to be judged by what it brought.
 */
export function acceptKeyExchange(gateway: Gateway, request: InboundRequest): Promise<Answer> {
  const { checks } = gateway;
  return judgeAndCommit(gateway, request, async (dossier, attempt) => {
    const vouched = await authenticate(gateway, dossier, attempt); //                          steps 4 to 6
    if (!vouched.ok) return vouched;
    const { peer, signed } = vouched.value;

    const json = parseBody(dossier, checks.requireCanonicalJson); //                           step 7
    if (!json.ok) return json;
    const body = parseKeyExchange(json.value.value);
    if (!body.ok) return body;
    const agreement = checkHeaderAgreement(body.value, signed); //                             step 8
    if (!agreement.ok) return agreement;
    const tenant = checkTenantBoundary(dossier, peer.trusted, {
      operatorId: body.value.operator_id,
      tenantId: body.value.tenant_id,
      keyDomain: signed.key.domain,
    }); //                                                                                     step 10
    if (!tenant.ok) return tenant;

    const exchanged = await gateway.keys.exchange({
      requestId: request.requestId,
      identity: peer.name,
      trusted: peer.trusted,
      tenantId: tenant.value,
      body: body.value,
      trust: dossier.trust,
      nowMs: gateway.clock.now(),
    });
    if (!exchanged.ok) return exchanged;
    const outcome = exchanged.value;
    // Judged by trust that is not the newest: the commit finds the same, writes nothing, and it is judged again.
    const subject = outcome.kind === 'exchanged' ? `key set ${outcome.version}` : 'key set';
    const { keys, confirmed } = outcome.kind === 'exchanged' ? outcome : { keys: null, confirmed: [] };
    return accept({
      rateLimit: null,
      effect: { kind: 'noted', subject },
      answer: () => success(200, { request_id: request.requestId, status: 'accepted', keys, confirmed }), //   step 14
    });
  });
}
