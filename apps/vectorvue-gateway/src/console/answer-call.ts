import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { actorOf, auditAlone, draftOf } from './audit-console.ts';
import type { ConsoleParts } from './console-parts.ts';
import type { ConsoleSession } from './context.ts';
import { valuesOf } from './http/check-host.ts';
import { sendJson, sendStream } from './http/send.ts';
import { openContext } from './open-context.ts';
import { parseInput, parseQuery } from './parse-input.ts';
import { type Handled, type Refusal, Refused, refusal } from './refusal.ts';
import type { ConsoleRoute, StreamedAnswer } from './route.ts';
import { csrfTokenOf } from './session/token.ts';

/** The header that a page sends with each call that is not a GET. */
export const CSRF_HEADER = 'x-console-csrf';

export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** Behind the `?`. */
  readonly queryText: string;
  /** Of a POST: its JSON, read before a slot was taken, so that slow senders hold none. */
  readonly body: unknown;
  readonly signal: AbortSignal;
}

/**
 * One call of somebody who is signed in: role, CSRF token, input, handler, answer. Answers by itself; a refusal is returned,
 * and was not sent. `release` gives the slot back, which a stream does as soon as it has begun: it has a bound of its own.
 */
export async function answerCall(
  parts: ConsoleParts,
  call: Call,
  route: ConsoleRoute,
  params: Readonly<Record<string, string>>,
  session: ConsoleSession & { readonly token: string },
  release: () => void,
): Promise<Refusal | null> {
  const { request, response, requestId, signal } = call;
  if (!route.roles.includes(session.role)) {
    const detail = `the role ${session.role} may not do this`;
    return auditedRefusal(parts, call, route, session, refusal('role_insufficient', detail));
  }
  if (route.method !== 'GET' && !hasCsrfToken(request, session.token)) {
    return refusal('csrf_required', `send the token of this session in ${CSRF_HEADER}`);
  }
  const input = readInput(call, route, params);
  if (!input.ok) return input;
  const reason = reasonOf(input.value.body);
  const context = openContext(parts, { session, requestId, reason, signal });
  const handled = await refusedAsValue(() => route.handle(context, input.value));
  if (!handled.ok) {
    return handled.code === 'tenant_forbidden'
      ? auditedRefusal(parts, call, route, session, handled)
      : handled;
  }
  if ('stream' in handled) {
    const end = (route.live ? parts.live : parts.downloads).take();
    if (end === null) return refusal('busy', 'too many of these are open');
    release();
    // Cut, not ended: what was sent of a download so far must not look whole.
    const unfollow = parts.liveSessions.follow(session.sessionId, () => response.destroy());
    try {
      await sendStream(response, handled.stream, signal);
    } finally {
      unfollow();
      end();
    }
    return null;
  }
  if (route.answer === null) throw new Error(`${route.id} has no schema for an answer that is not streamed`);
  // What the schema does not name does not leave; what it names and is not there is a fault of ours.
  sendJson(response, 200, route.answer.parse(handled.value));
  return null;
}

async function refusedAsValue<Value>(
  work: () => Promise<Handled<Value> | StreamedAnswer>,
): Promise<Handled<Value> | StreamedAnswer> {
  try {
    return await work();
  } catch (fault) {
    if (fault instanceof Refused) return fault.refusal;
    // Code of the CLI, which refuses by throwing; loaded only where something was thrown.
    const { CommandRefused } = await import('../cli/command.ts');
    if (fault instanceof CommandRefused) return refusal(fault.code, fault.message);
    throw fault;
  }
}

function readInput(call: Call, route: ConsoleRoute, rawParams: Readonly<Record<string, string>>) {
  const params = parseInput('input_invalid', route.params, rawParams);
  if (!params.ok) return params;
  const rawQuery = parseQuery(call.queryText);
  if (!rawQuery.ok) return rawQuery;
  if (route.query === null && Object.keys(rawQuery.value).length > 0) {
    const faults = Object.keys(rawQuery.value).map((field) => ({ field, message: 'is not known here' }));
    return refusal('filter_invalid', 'some fields are not usable', faults);
  }
  const query = parseInput('filter_invalid', route.query, rawQuery.value);
  if (!query.ok) return query;
  if (route.body === null) {
    return { ok: true, value: { params: params.value, query: query.value, body: undefined } } as const;
  }
  const body = parseInput('input_invalid', route.body, call.body);
  if (!body.ok) return body;
  return { ok: true, value: { params: params.value, query: query.value, body: body.value } } as const;
}

function reasonOf(body: unknown): string {
  const reason = (body as { readonly reason?: unknown } | undefined)?.reason;
  return typeof reason === 'string' ? reason : '';
}

export function hasCsrfToken(request: IncomingMessage, token: string): boolean {
  const given = valuesOf(request, CSRF_HEADER);
  const wanted = Buffer.from(csrfTokenOf(token), 'utf8');
  const found = Buffer.from(given[0] ?? '', 'utf8');
  return given.length === 1 && found.length === wanted.length && timingSafeEqual(found, wanted);
}

/**
 * A call outside of what the session may: in the log before it is answered. Whoever tries more often than people do is
 * refused without another entry, so that the log cannot be filled by one session.
 */
async function auditedRefusal(
  parts: ConsoleParts,
  call: Call,
  route: ConsoleRoute,
  session: ConsoleSession,
  refused: Refusal,
): Promise<Refusal> {
  const nowMs = parts.clock.now();
  if (!parts.refusals.allows(session.sessionId, nowMs)) {
    return refusal('too_many_requests', 'this session was refused too often in this minute');
  }
  const note = {
    class: 'security',
    action: `console.${route.id}`,
    code: refused.code,
    tenantId: null,
    subject: `${route.method} ${route.path}`,
  } as const;
  await auditAlone(parts.writes, draftOf(note, { actor: actorOf(session), reason: null }, call.requestId));
  parts.logger.warn('console.refused', {
    request_id: call.requestId,
    class: 'security',
    code: refused.code,
    route: route.id,
    actor: actorOf(session),
  });
  return refused;
}
