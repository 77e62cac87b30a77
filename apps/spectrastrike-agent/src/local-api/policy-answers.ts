import { parseStrictJson } from '@nyxera/federation-protocol';
import { adjustmentJson } from '../policy/adjustment-json.ts';
import { policyContext } from '../policy/evaluate-policy.ts';
import { type Answer, jsonAnswer, type Refusal, refuse } from './answer.ts';
import { contextQuery, evaluateBody, JSON_TYPE } from './api-schemas.ts';
import type { ApiContext, Exchange } from './exchange.ts';
import { holdBody, IncomingBody } from './incoming-body.ts';
import { MAX_QUESTION_DEPTH } from './limits.ts';
import { mediaTypeOf } from './media-type.ts';
import { readLane, readQuery } from './read-parameters.ts';

/**
 * `POST /v1/policy/evaluate`: one decision (PROTOCOL.md section 14). A tenant that is not configured is refused: this
 * agent gets no feedback for it, and "nothing binds" would be an answer that it cannot give.
 */
export async function evaluatePolicyRequest(
  context: ApiContext,
  exchange: Exchange,
): Promise<Answer | Refusal | null> {
  const media = mediaTypeOf(exchange.request);
  if (!media.ok) return media;
  if (media.value !== JSON_TYPE) return refuse('unsupported_media_type');
  const question = await readQuestion(context, exchange);
  if (question === null || !question.ok) return question;
  const parsed = evaluateBody.safeParse(question.value);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.map((part) => `/${String(part)}`).join('');
    return refuse('schema_invalid', path === undefined || path === '' ? {} : { path });
  }
  const { tenant_id: tenant, target_urn: target, base } = parsed.data;
  const lane = readLane(context, exchange, tenant);
  if (!lane.ok) return lane;
  const { state, policy, process } = context.agent;
  const decision = state.read(() => policy.evaluate(lane.value.tenantId, target, base, process.now()));
  return jsonAnswer(200, { allow: decision.allow, context: { ...decision.context } });
}

/** `GET /v1/policy/context`: what binds a target now, the binding adjustment first. */
export async function showPolicyContext(context: ApiContext, exchange: Exchange): Promise<Answer | Refusal> {
  const query = readQuery(contextQuery, exchange.query);
  if (!query.ok) return query;
  const lane = readLane(context, exchange, query.value.tenant);
  if (!lane.ok) return lane;
  const { state, policy, process } = context.agent;
  const { tenantId } = lane.value;
  const { target } = query.value;
  const living = state.read(() => policy.living(tenantId, target, process.now()));
  return jsonAnswer(200, {
    tenant_id: tenantId,
    target_urn: target,
    context: { ...policyContext(living[0] ?? null) },
    adjustments: living.map((one, rank) => adjustmentJson(one, rank === 0)),
  });
}

/** A small JSON body. null: the client has gone. */
export async function readQuestion(
  context: ApiContext,
  exchange: Exchange,
): Promise<{ ok: true; value: unknown } | Refusal | null> {
  const { questionBytes, idleMs, bodyMs } = context.limits;
  const limits = { maxBytes: questionBytes, idleMs, totalMs: bodyMs };
  const body = await holdBody(new IncomingBody(exchange.request, limits, context.elapsed), context.budget);
  if (!body.ok) return body.code === null ? null : body;
  body.release();
  const parsed = parseStrictJson(body.bytes, { maxDepth: MAX_QUESTION_DEPTH });
  return parsed.ok ? { ok: true, value: parsed.value } : refuse('invalid_json', { detail: parsed.detail });
}
