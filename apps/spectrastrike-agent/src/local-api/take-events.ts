import type { RecordedRun } from '../attestation/run-store.ts';
import type { FeedbackConfig } from '../config.ts';
import { type BuildContext, mappingVersion } from '../intake/index.ts';
import { type Answer, type ErrorItem, jsonAnswer, type Refusal, refuse } from './answer.ts';
import type { ApiCode } from './api-codes.ts';
import { eventsQuery, JSON_TYPE, LINES_TYPE } from './api-schemas.ts';
import { buildEvent } from './build-event.ts';
import type { ApiContext, Exchange } from './exchange.ts';
import { holdBody, IncomingBody } from './incoming-body.ts';
import { mediaTypeOf } from './media-type.ts';
import { readIntake } from './read-parameters.ts';
import { type Line, splitLines } from './split-lines.ts';
import { type Built, type Judged, storeSingle, storeTogether } from './store-events.ts';

/** Lines that are built in one turn of the event loop; deliveries and other clients go on in between. */
const LINES_A_TURN = 50;

/**
 * `POST /v1/events`: body -> lines -> events -> spool (one transaction, fsync) -> 202. Single events of several requests
 * that come at the same time share the transaction.
 *
 * Each line is judged on its own, like an item of a batch (PROTOCOL.md section 6): what can be taken is taken, and
 * the answer says of every line what became of it and counts the three outcomes. Only if nothing was taken is the whole
 * refused. Sent again, the same events are `known`; so a client that got no answer just repeats its request.
 */
export async function takeEvents(context: ApiContext, exchange: Exchange): Promise<Answer | Refusal | null> {
  const media = mediaTypeOf(exchange.request);
  if (!media.ok) return media;
  if (media.value !== JSON_TYPE && media.value !== LINES_TYPE) return refuse('unsupported_media_type');
  const intake = readIntake(context, exchange, eventsQuery);
  if (!intake.ok) return intake;

  const { eventsBytes, idleMs, bodyMs } = context.limits;
  const limits = { maxBytes: eventsBytes, idleMs, totalMs: bodyMs };
  const body = await holdBody(new IncomingBody(exchange.request, limits, context.elapsed), context.budget);
  if (!body.ok) return body.code === null ? null : body;
  try {
    const single = media.value === JSON_TYPE;
    const built = await context.eventTurns.run(async () => {
      const run = await context.agent.measuredRun(intake.lane);
      const build = buildContext(context, intake.lane, run, intake.query.campaign ?? 'default');
      const lines = single ? [{ number: 0, bytes: body.bytes }] : splitLines(body.bytes);
      const all = await buildAll(context, lines, build);
      // Within the turn, because of the memory that lines take; a single event waits for those that came with it.
      if (all !== null && !single) storeTogether(context, intake.lane, all);
      return all;
    });
    if (built === null) return refuse('payload_too_large');
    if (built.judged.length === 0) return refuse('payload_required');
    if (single) await storeSingle(context, intake.lane, built);
    return answerOf(context, exchange.requestId, built.judged);
  } finally {
    body.release();
  }
}

function buildContext(
  context: ApiContext,
  lane: FeedbackConfig,
  run: RecordedRun,
  campaignId: string,
): BuildContext {
  const { redaction = null } = lane;
  return {
    operatorId: lane.operatorId,
    tenantId: lane.tenantId,
    campaignId,
    schemaVersion: lane.schemaVersion,
    measurements: run,
    recordedAt: new Date(context.agent.process.now()).toISOString(),
    mappingVersion: mappingVersion({ mapping: null, redaction: redaction?.sha256 ?? null }),
    ...(redaction === null ? {} : { redaction }),
  };
}

/** null: more lines than one request may hold. */
async function buildAll(
  context: ApiContext,
  lines: Iterable<Line>,
  build: BuildContext,
): Promise<Built | null> {
  const built: Built = { judged: [], events: [] };
  for (const { number, bytes } of lines) {
    if (built.judged.length === context.limits.lines) return null;
    if (built.judged.length % LINES_A_TURN === LINES_A_TURN - 1) await context.breathe();
    const line = number === 0 ? null : number;
    if (bytes.length > context.limits.lineBytes) {
      const expected = `an event of at most ${context.limits.lineBytes} bytes`;
      built.judged.push(refusedLine(line, 'payload_too_large', expected));
      continue;
    }
    const one = buildEvent(bytes, build);
    if (!one.ok) {
      built.judged.push(refusedLine(line, one.code, one.expected, one.path));
      continue;
    }
    const judged: Judged = { line, eventId: one.event.eventId, status: 'accepted' };
    built.judged.push(judged);
    built.events.push({ event: one.event, judged });
  }
  return built;
}

function refusedLine(line: number | null, code: ApiCode, expected: string, path?: string): Judged {
  const message = `expected ${expected}`;
  const error: ErrorItem =
    path === undefined
      ? { error_code: code, error_message: message }
      : { error_code: code, error_message: message, path };
  return { line, eventId: null, status: 'refused', error };
}

function answerOf(context: ApiContext, requestId: string, judged: readonly Judged[]): Answer | Refusal {
  const count = (status: Judged['status']): number => judged.filter((one) => one.status === status).length;
  const counts = { accepted: count('accepted'), known: count('known'), refused: count('refused') };
  context.metrics.events(counts);
  if (counts.accepted + counts.known === 0) return nothingTaken(judged, counts);
  const events = judged.map((one) => ({
    ...(one.line === null ? {} : { line: one.line }),
    event_id: one.eventId,
    status: one.status,
    ...(one.error === undefined ? {} : { ...one.error }),
  }));
  return jsonAnswer(202, { request_id: requestId, ...counts, events });
}

/** The code of the first line's refusal, and every line's beside it. */
function nothingTaken(judged: readonly Judged[], counts: Readonly<Record<string, number>>): Refusal {
  const errors = judged.flatMap(({ error, line }): ErrorItem[] => {
    if (error === undefined) return [];
    return [line === null ? error : { ...error, path: `line ${line}${error.path ?? ''}` }];
  });
  const code = errors[0]?.error_code ?? 'schema_invalid';
  return refuse(code, { errors, more: counts });
}
