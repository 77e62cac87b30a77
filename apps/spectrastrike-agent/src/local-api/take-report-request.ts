import { PrivateCopy } from '../incoming/private-copy.ts';
import { type TakenReport, takeCopy } from '../incoming/take-copy.ts';
import { errorCode } from '../state/error-code.ts';
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

  using copy = PrivateCopy.make(context.agent.state.dataDir, exchange.requestId);
  const received = await receive(context, exchange, copy);
  if (received !== 'all') return received;
  const { name, campaign = 'default', format = null } = intake.query;
  const { lane } = intake;
  const report = await context.reportTurns.run(() =>
    takeCopy(context.agent, { copy, name, lane, campaignId: campaign, format }),
  );
  return answerOf(context, exchange.requestId, report);
}

async function receive(
  context: ApiContext,
  exchange: Exchange,
  copy: PrivateCopy,
): Promise<'all' | Refusal | null> {
  const { reportBytes, idleMs, reportMs } = context.limits;
  const limits = { maxBytes: reportBytes, idleMs, totalMs: reportMs };
  const body = new IncomingBody(exchange.request, limits, context.elapsed);
  try {
    for await (const chunk of body.chunks()) await copy.write(chunk);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    return refuse('spool_full', { detail: 'The disk or the quota is full.' });
  }
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
