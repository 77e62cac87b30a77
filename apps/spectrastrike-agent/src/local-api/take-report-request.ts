import { PrivateCopy } from '../incoming/private-copy.ts';
import { type TakenReport, takeCopy } from '../incoming/take-copy.ts';
import type { Mapping, ReportFormat } from '../intake/index.ts';
import { type Answer, type ErrorItem, jsonAnswer, type Refusal, refuse } from './answer.ts';
import { reportsQuery } from './api-schemas.ts';
import type { ApiContext, Exchange } from './exchange.ts';
import { IncomingBody } from './incoming-body.ts';
import { mediaTypeOf } from './media-type.ts';
import { readIntake } from './read-parameters.ts';

/**
 * `POST /v1/reports`: body -> private file -> takeReport (the seam of `send`) -> 202 after the last fsync. The body goes
 * to the disk and not into memory. A report of which nothing could be taken is a refusal; of which a part could not, says
 * how many and where.
 */
export async function takeReportRequest(
  context: ApiContext,
  exchange: Exchange,
): Promise<Answer | Refusal | null> {
  const media = mediaTypeOf(exchange.request);
  // What it declares does not matter: a scanner's report goes by its content. Only an encoding is refused.
  if (!media.ok) return media;
  const intake = readIntake(context, exchange, reportsQuery);
  if (!intake.ok) return intake;

  const { name, campaign = 'default', format = null } = intake.query;
  const chosen = chooseMapping(context, format, intake.query.mapping ?? null);
  if (!chosen.ok) return chosen;

  using copy = PrivateCopy.make(context.agent.state.dataDir, exchange.requestId);
  const received = await receive(context, exchange, copy);
  if (received !== 'all') return received;
  const { mapping } = chosen;
  const { lane } = intake;
  const report = await context.reportTurns.run(() =>
    takeCopy(context.agent, { copy, name, lane, campaignId: campaign, format, mapping }),
  );
  return answerOf(context, exchange.requestId, report);
}

/** By name, out of those that the operator configured: a client never names a file. Null: none is needed. */
function chooseMapping(
  context: ApiContext,
  format: ReportFormat | null,
  name: string | null,
): { ok: true; mapping: Mapping | null } | Refusal {
  if ((format === 'jsonl') !== (name !== null)) {
    return refuse('parameter_invalid', { detail: 'format=jsonl and mapping go together', path: 'mapping' });
  }
  if (name === null) return { ok: true, mapping: null };
  const mapping = context.agent.config().intake.mappings.get(name);
  return mapping === undefined ? refuse('mapping_unknown', { path: 'mapping' }) : { ok: true, mapping };
}

async function receive(
  context: ApiContext,
  exchange: Exchange,
  copy: PrivateCopy,
): Promise<'all' | Refusal | null> {
  const { reportBytes, idleMs, reportMs } = context.limits;
  const limits = { maxBytes: reportBytes, idleMs, totalMs: reportMs };
  const body = new IncomingBody(exchange.request, limits, context.elapsed);
  for await (const chunk of body.chunks()) await copy.write(chunk);
  if (body.gone) return null;
  return body.refusal ?? 'all';
}

function answerOf(context: ApiContext, requestId: string, report: TakenReport): Answer | Refusal {
  const { accepted, known, refused } = report;
  const taken = accepted + known > 0;
  const errors = report.faults.map((one): ErrorItem & { path: string; fault: string } => ({
    error_code: 'report_refused',
    error_message: `expected ${one.expected}`,
    fault: one.code,
    path: one.where,
  }));
  context.metrics.report('api', refused === 0 ? 'taken' : taken ? 'partial' : 'refused');
  const more = { accepted, known, refused, format: report.format };
  if (report.stopped !== null) {
    const detail = `Not all of it was taken: ${accepted + known} events were. Send it again for the rest.`;
    return refuse(report.stopped, { detail, errors, more, retryAfterSeconds: 30 });
  }
  if (!taken && refused > 0) return refuse('report_refused', { errors, more });
  return jsonAnswer(202, {
    request_id: requestId,
    format: report.format,
    report_sha256: report.reportSha256,
    accepted,
    known,
    refused,
    skipped: report.skipped,
    events: report.eventIds,
    redactions: report.redactions,
    errors,
  });
}
