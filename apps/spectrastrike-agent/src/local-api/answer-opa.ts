import { isJsonObject, type JsonValue, parseStrictJson } from '@nyxera/federation-protocol';
import type { JsonLike } from '../cli/command-result.ts';
import { type Answer, jsonAnswer, type Refusal } from './answer.ts';
import type { ApiCode } from './api-codes.ts';
import { opaInput } from './api-schemas.ts';
import type { ApiContext, Exchange } from './exchange.ts';
import { MAX_QUESTION_DEPTH } from './limits.ts';
import { mediaTypeOf } from './media-type.ts';
import { readQuestion } from './policy-answers.ts';
import { readLane } from './read-parameters.ts';

/** The very sentence that OPA answers with; clients compare it. */
const NO_INPUT = { code: 'api_usage_warning', message: "'input' key missing from the request" };

/**
 * `POST` (and `GET ?input=`) `/v1/data/spectrastrike/feedback[/member]`: OPA's data API, so that whatever can ask an
 * OPA can ask this agent, and a policy reaches it with `http.send`.
 *
 * As OPA: `{"input": …}` gives `{"result": …}`; without input a warning and no result; a member that does not
 * exist is undefined, that is, 200 without result; other members of the body and of the query do not matter, but for
 * `pretty`. Errors are 400 `{"code":"invalid_parameter","message":…}`. `decision_id` belongs to OPA's decision log,
 * which is not here.
 *
 * Not as OPA: an input from which the question cannot be read, and a tenant that is not configured, are 400 and not
 * undefined. A policy of the form "denied if the action is deny" must not take a typing error for "nothing binds".
 */
export async function answerOpa(context: ApiContext, exchange: Exchange): Promise<Answer | Refusal | null> {
  const pretty = ['', 'true', '1'].includes(exchange.query.get('pretty') ?? 'false');
  const asked = exchange.request.method === 'GET' ? fromQuery(exchange) : await fromBody(context, exchange);
  if (asked === null) return null;
  if (!asked.ok) return opaError(asked.message, asked.code);
  if (asked.input === undefined) return jsonAnswer(200, { warning: NO_INPUT }, pretty);
  const input = opaInput.safeParse(asked.input);
  if (!input.success) {
    const member = input.error.issues[0]?.path[0];
    return opaError(`input${member === undefined ? '' : `.${String(member)}`} has another form`);
  }
  const { tenant_id: tenant, target_urn: target, base } = input.data;
  const lane = readLane(context, exchange, tenant);
  if (!lane.ok) return opaError('input.tenant_id names no tenant of this agent', lane.code);
  const { state, policy, process } = context.agent;
  const decision = state.read(() => policy.evaluate(lane.value.tenantId, target, base, process.now()));
  const result = memberAt({ allow: decision.allow, ...decision.context }, exchange.below);
  return jsonAnswer(200, result === undefined ? {} : { result }, pretty);
}

type Asked =
  | { readonly ok: true; readonly input: JsonValue | undefined }
  | { readonly ok: false; readonly message: string; readonly code?: ApiCode };

function fromQuery(exchange: Exchange): Asked {
  const text = exchange.query.get('input');
  if (text === null) return { ok: true, input: undefined };
  const parsed = parseStrictJson(new TextEncoder().encode(text), { maxDepth: MAX_QUESTION_DEPTH });
  return parsed.ok ? { ok: true, input: parsed.value } : { ok: false, message: 'input is not strict JSON' };
}

/** OPA takes a body without a media type; YAML it would take, too, and this does not. null: the client has gone. */
async function fromBody(context: ApiContext, exchange: Exchange): Promise<Asked | null> {
  const media = mediaTypeOf(exchange.request);
  if (!media.ok || (media.value !== null && media.value !== 'application/json')) {
    return {
      ok: false,
      message: 'the body is taken as application/json only',
      code: 'unsupported_media_type',
    };
  }
  const question = await readQuestion(context, exchange);
  if (question === null) return null;
  if (!question.ok) {
    if (question.code === 'payload_required') return { ok: true, input: undefined };
    return { ok: false, message: question.options.detail ?? 'the body cannot be taken', code: question.code };
  }
  const body = question.value as JsonValue;
  if (!isJsonObject(body)) return { ok: false, message: 'the body is no JSON object' };
  return { ok: true, input: Object.hasOwn(body, 'input') ? body.input : undefined };
}

function memberAt(value: Readonly<Record<string, JsonLike>>, path: readonly string[]): JsonLike | undefined {
  const [name, ...more] = path;
  if (name === undefined) return value;
  return more.length === 0 && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** In OPA's form, and with 400, whatever our own API would say: that is what its clients know. */
function opaError(message: string, code: ApiCode = 'parameter_invalid'): Answer {
  return { ...jsonAnswer(400, { code: 'invalid_parameter', message }), code };
}
