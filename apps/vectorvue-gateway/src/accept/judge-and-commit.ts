import {
  isWireErrorCode,
  type Rejection,
  type Result,
  type WireErrorCode,
} from '@nyxera/federation-protocol';
import type { CommitEffect, CommitOutcome, CommitRequest, ItemOutcome } from '../store/commit-types.ts';
import { type Answer, type Problem, problem } from './answer.ts';
import { type Dossier, openDossier } from './dossier.ts';
import type { Gateway } from './gateway.ts';
import type { InboundRequest } from './inbound-request.ts';

/** How often a request is judged anew because trust changed under it, before it is sent away with 503. */
const MAX_JUDGEMENTS = 4;
/** Seconds. Long enough for a database to fail over a little, short enough not to idle an agent. */
const RETRY_AFTER_SECONDS = 2;

/** What passed every check: what to store, what it costs, and how to answer once it is durable. */
export interface Verdict {
  readonly rateLimit: CommitRequest['rateLimit'];
  readonly effect: CommitEffect;
  /** The first outcome is that of the request where it is about one thing; a batch has one an item. */
  readonly answer: (first: ItemOutcome, all: readonly ItemOutcome[]) => Answer;
}

/** The checks of one endpoint, in order. `attempt` counts from 0; later ones are the same request again. */
export type Judge = (dossier: Dossier, attempt: number) => Promise<Result<Verdict>>;

/**
 * Steps 3 and 14 of PROTOCOL.md section 5 around the checks of one endpoint.
 *
 * Who is not identified writes nothing here. Who is, is committed: with the event, or with the refusal; and
 * with the nonce only where the signature verified. If a key, pin or mapping changed since it was judged, the
 * commit refuses, and the request is judged again by the new trust.
 */
export async function judgeAndCommit(
  gateway: Gateway,
  request: InboundRequest,
  judge: Judge,
): Promise<Answer> {
  for (let attempt = 0; attempt < MAX_JUDGEMENTS; attempt += 1) {
    const trust = gateway.trust.current();
    if (trust.stale || !gateway.readiness.storeUp()) return sampled(gateway, request, unavailable());
    const dossier = openDossier(request, trust);
    const verdict = await judge(dossier, attempt);
    if (!verdict.ok && (dossier.identity === null || isUnaudited(verdict))) {
      return sampled(gateway, request, answerRejection(verdict));
    }

    const [outcome] = await gateway.commit([
      verdict.ok ? accepted(dossier, verdict.value) : refused(dossier, verdict),
    ]);
    if (outcome?.status === 'trust-changed') {
      // Fails only with the store, which the next round finds out.
      await gateway.trust.refresh().catch(() => gateway.readiness.suspectStore());
      continue;
    }
    const answer = answerOutcome(gateway, verdict, outcome);
    if (outcome?.status === 'committed' || outcome?.status === 'replay') note(gateway, dossier, answer);
    else if (answer.kind === 'problem') await sampled(gateway, request, answer);
    return answer;
  }
  return sampled(gateway, request, unavailable());
}

/** What is not in the audit log one by one: counted, and written down in samples. */
async function sampled(gateway: Gateway, request: InboundRequest, answer: Problem): Promise<Problem> {
  await gateway.journal.sampled({ ...request, ...originOf(request) }, answer.code);
  return answer;
}

function note(gateway: Gateway, dossier: Dossier, answer: Answer): void {
  const { identity, tenantId, kid, request } = dossier;
  const decided = { ...request, ...originOf(request), identity, tenantId, kid };
  if (answer.kind === 'problem') gateway.journal.refused(decided, answer.code, answer.path);
  else if (answer.kind === 'success') gateway.journal.accepted(decided, answer.status);
  else if (answer.kind === 'content') gateway.journal.accepted(decided, 200);
}

function originOf({ peer }: InboundRequest) {
  return { peerSha256: peer.certificateSha256, clientAddress: peer.address };
}

function unavailable(): Problem {
  return problem('service_unavailable', { retryAfterSeconds: RETRY_AFTER_SECONDS });
}

/** 429 and 503 claim nothing and are not audited one by one, so that identical bytes can succeed later. */
function isUnaudited(rejection: Rejection): boolean {
  return rejection.code === 'rate_limited' || rejection.code === 'service_unavailable';
}

function answerRejection(rejection: Rejection): Problem {
  if (rejection.code === 'service_unavailable') return unavailable();
  if (rejection.code === 'rate_limited') return problem('rate_limited', { retryAfterSeconds: 1 });
  return problem(wireCode(rejection), rejection.path === undefined ? {} : { path: rejection.path });
}

/** A code that only the agent may produce would be a fault of ours. */
function wireCode(rejection: Rejection): WireErrorCode {
  return isWireErrorCode(rejection.code) ? rejection.code : 'internal_error';
}

function answerOutcome(
  gateway: Gateway,
  verdict: Result<Verdict>,
  outcome: Exclude<CommitOutcome, { status: 'trust-changed' }> | undefined,
): Answer {
  switch (outcome?.status) {
    case 'committed': {
      const [item] = outcome.items;
      if (!verdict.ok) return answerRejection(verdict);
      return item === undefined ? problem('internal_error') : verdict.value.answer(item, outcome.items);
    }
    case 'replay':
      return problem('replay_detected');
    case 'rate-limited':
    case 'nonce-limit':
      return problem('rate_limited', {
        retryAfterSeconds: Math.max(1, Math.ceil(outcome.retryAfterSeconds)),
      });
    case 'unavailable':
      gateway.readiness.suspectStore();
      return unavailable();
    case 'unknown':
      gateway.readiness.suspectStore();
      return { kind: 'drop' };
    case undefined:
      return problem('internal_error');
  }
}

function accepted(dossier: Dossier, verdict: Verdict): CommitRequest {
  return { ...facts(dossier), rateLimit: verdict.rateLimit, effect: verdict.effect };
}

function refused(dossier: Dossier, rejection: Rejection): CommitRequest {
  const code = wireCode(rejection);
  // A body that no trusted key vouched for is not kept: it would let a peer fill the store with anything.
  const refusedBody = dossier.signed === null ? null : dossier.request.body;
  const path = rejection.path === undefined ? {} : { path: rejection.path };
  return { ...facts(dossier), rateLimit: null, effect: { kind: 'refusal', code, ...path, refusedBody } };
}

function facts(dossier: Dossier): Omit<CommitRequest, 'rateLimit' | 'effect'> {
  const { request } = dossier;
  return {
    requestId: request.requestId,
    receivedAtMs: request.receivedAtMs,
    endpoint: request.endpoint,
    identity: dossier.identity ?? '',
    ...originOf(request),
    kid: dossier.kid,
    trustVersion: dossier.trust.version,
    tenantId: dossier.tenantId,
    operatorId: dossier.operatorId,
    nonceClaim: dossier.signed?.claim ?? null,
  };
}
