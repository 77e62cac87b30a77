import { setImmediate } from 'node:timers/promises';
import type { RecordedRun } from './attestation/run-store.ts';
import { runById } from './attestation/run-store.ts';
import type { LaneConfig } from './config.ts';
import {
  type BuildContext,
  type Fault,
  jsonlAdapter,
  type Mapping,
  mappingVersion,
  type ReportFormat,
  type ReportSource,
  readEvents,
  type Survey,
  type Surveyed,
  surveySteps,
} from './intake/index.ts';
import { appendSecurityEntry } from './security-log.ts';
import type { Spool } from './spool/spool.ts';
import type { LaneKey } from './spool/types.ts';
import type { State } from './state/open-state.ts';
import { StateFault } from './state/state-fault.ts';
import { ReportTaking, type TakenEvent, type TakenReport } from './take-report/taking.ts';
import { WatchedSource } from './take-report/watched-source.ts';

export { type OpenedReport, type OpenReport, openReport } from './take-report/open-report.ts';
export { receiveReport } from './take-report/receive-report.ts';
export { notTaken, type StoppedBy, type TakenEvent, type TakenReport } from './take-report/taking.ts';

export interface TakeReportContext {
  readonly state: State;
  readonly spool: Spool;
  readonly config: Pick<LaneConfig, 'gatewayUrl' | 'operatorId' | 'tenantId' | 'schemaVersion' | 'redaction'>;
  readonly run: RecordedRun;
  readonly campaignId: string;
  /** null: whatever the content says. */
  readonly format: ReportFormat | null;
  /** Reads the report by it, whatever it looks like. */
  readonly mapping?: Mapping | null;
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** Stops between two transactions. */
  readonly signal?: AbortSignal;
  /** After each transaction, so after the fsync: what became of its events, in their order. */
  readonly onTaken?: (events: readonly TakenEvent[]) => void;
  /** After each transaction. `bytes` were read of `source.size`. */
  readonly onProgress?: (progress: { readonly bytes: number; readonly events: number }) => void;
}

/**
 * intake -> spool, for one report of any size, in bounded memory. `send`, the local API and watched folders all come
 * through here.
 *
 * Two passes over the same bytes. The first hashes them, tells the format and reads a document to its end, so that
 * nothing is taken of one that breaks off. The second makes events and spools them, up to a hundred in a
 * transaction; each is acknowledged (`onTaken`) after its fsync. The report's row is written with the first of them,
 * and says with each how many events were read so far and, with the last, that it is complete.
 *
 * Killed in between, the report is said again: its row gives the time and the measurements of the first time, so
 * that the same bytes become the same events; those that are spooled already are `known`, and the others follow.
 * Never throws for what is in a report. A StateFault of the spool (`spool_full`, a full disk) passes through where
 * nothing was acknowledged before it; later it ends the report with a fault that says after how many events.
 */
export async function takeReport(source: ReportSource, context: TakeReportContext): Promise<TakenReport> {
  const { state, spool, config } = context;
  const lane: LaneKey = {
    gateway: config.gatewayUrl,
    operatorId: config.operatorId,
    tenantId: config.tenantId,
  };
  const taking = new ReportTaking(source.name, lane, spool);
  const surveyed = await surveyInTurns(source, context);
  if (!surveyed.ok) return taking.refusedAsAWhole(surveyed.format, surveyed.reportSha256, surveyed.fault);
  const survey = surveyed.value;
  const mismatch = formatMismatch(survey, context.format);
  if (mismatch !== null) return taking.refusedAsAWhole(survey.format, survey.reportSha256, mismatch);

  const { redaction = null } = config;
  const version = mappingVersion({
    mapping: context.mapping?.sha256 ?? null,
    redaction: redaction?.sha256 ?? null,
  });
  const known = spool.findReport(lane, survey.reportSha256, version);
  const run = (known === null ? null : state.read(() => runById(state.db, known.runId))) ?? context.run;
  const recordedAt = known?.observedFallback ?? new Date(context.nowMs).toISOString();
  taking.begin({
    reportSha256: survey.reportSha256,
    mappingVersion: version,
    format: survey.format,
    name: source.name,
    firstSeenMs: context.nowMs,
    runId: run.runId,
    observedFallback: recordedAt,
  });
  const build: BuildContext = {
    operatorId: config.operatorId,
    tenantId: config.tenantId,
    campaignId: context.campaignId,
    schemaVersion: config.schemaVersion,
    measurements: run,
    recordedAt,
    mappingVersion: version,
    ...(redaction === null ? {} : { redaction }),
  };
  await spoolEvents(source, survey, build, taking, context);
  return taking.result();
}

/** Others get their turn between two steps: a hash of gigabytes is not one of them. */
async function surveyInTurns(source: ReportSource, context: TakeReportContext): Promise<Surveyed> {
  const chosen = context.mapping == null ? null : jsonlAdapter(context.mapping);
  const steps = surveySteps(source, { recordedAt: new Date(context.nowMs).toISOString() }, chosen);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await setImmediate();
  }
}

function formatMismatch(survey: Survey, wanted: ReportFormat | null): Fault | null {
  if (wanted === null || survey.format === wanted) return null;
  const expected = `${wanted}, as --format says; this is ${survey.format}`;
  return { code: 'report_format_mismatch', where: 'byte 0', expected };
}

async function spoolEvents(
  source: ReportSource,
  survey: Survey,
  build: BuildContext,
  taking: ReportTaking,
  context: TakeReportContext,
): Promise<void> {
  const watched = new WatchedSource(source, survey.reportSha256);
  const spoolGroup = (complete: boolean): boolean => {
    if (context.signal?.aborted === true) {
      taking.stop(stoppedAfter(taking, 'not to be stopped'), 'signal');
      return false;
    }
    try {
      // Not within the optional call, which would not even spool where nobody listens.
      const taken = taking.spoolGroup(complete);
      logChanged(source.name, taken, context);
      context.onTaken?.(taken);
    } catch (error) {
      // Where nothing was acknowledged there is nothing to count.
      if (!(error instanceof StateFault) || taking.read === 0) throw error;
      taking.stop(stoppedAfter(taking, `room in the spool: ${error.code}, ${error.message}`), error.code);
      return false;
    }
    context.onProgress?.({ bytes: watched.bytesRead, events: taking.read });
    return true;
  };
  for (const item of readEvents(watched, survey, build)) {
    taking.add(item);
    if (!taking.isFull) continue;
    if (!spoolGroup(false)) return;
    await setImmediate();
  }
  if (!spoolGroup(!watched.changed)) return;
  if (watched.changed) {
    const expected = 'a file that nobody writes to while it is read; send it again when it is complete';
    taking.stop({ code: 'report_changed', where: `after ${taking.read} events`, expected });
  }
}

/** An id that comes again with other content is what the gateway calls an event conflict: a security event here too. */
function logChanged(file: string, taken: readonly TakenEvent[], context: TakeReportContext): void {
  const changed = taken.filter((one) => one.outcome === 'changed');
  if (changed.length === 0) return;
  context.state.transaction(() => {
    for (const { eventId } of changed) {
      appendSecurityEntry(context.state.db, {
        atMs: context.nowMs,
        class: 'intake',
        code: 'event_conflict',
        detail: `${file} holds other content under an id that was spooled before; the first stands`,
        tenantId: context.config.tenantId.toLowerCase(),
        ref: eventId,
      });
    }
  });
}

function stoppedAfter(taking: ReportTaking, why: string): Fault {
  const expected = `${why}; what was read so far is spooled, send the report again for the rest`;
  return { code: 'report_stopped', where: `after ${taking.read} events`, expected };
}
