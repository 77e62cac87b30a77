import type { FeedbackConfig } from '../config.ts';
import type { DaemonContext } from '../daemon/service.ts';
import type { IntakeFault, Mapping, ReportFormat } from '../intake/index.ts';
import { type StoppedBy, takeReport } from '../take-report.ts';
import type { PrivateCopy } from './private-copy.ts';

/** What became of a report, however it came in. */
export interface TakenReport {
  /** null: nobody knows what it is. */
  readonly format: string | null;
  readonly reportSha256: string | null;
  readonly accepted: number;
  readonly known: number;
  /** Records that were not taken; those whose id stands for another content are among them. */
  readonly refused: number;
  /** Records that are no findings, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** The first of them, in their order; {@link MAX_IDS} at most. */
  readonly eventIds: readonly string[];
  readonly redactions: Readonly<Record<string, number>>;
  readonly faults: readonly IntakeFault[];
  /**
   * Why it was not read to its end: what was taken until then is counted, and the same report, said again, goes on.
   * null: it was.
   */
  readonly stopped: 'spool_full' | 'service_unavailable' | null;
}

export interface CopyToTake {
  readonly copy: PrivateCopy;
  /** For messages only. */
  readonly name: string;
  readonly lane: FeedbackConfig;
  readonly campaignId: string;
  /** null: whatever the content says. */
  readonly format: ReportFormat | null;
  /** Reads the report by it, whatever it looks like; with the format `jsonl`. */
  readonly mapping: Mapping | null;
}

/** Ids that are kept of one report; a report may have millions. */
export const MAX_IDS = 10_000;

/** Intake -> spool for a report that is in a private file. Returns after the fsync of its last event; throws StateFault. */
export async function takeCopy(agent: DaemonContext, taken: CopyToTake): Promise<TakenReport> {
  const { copy, name, lane, campaignId, format, mapping } = taken;
  const eventIds: string[] = [];
  const report = await takeReport(
    { name, size: copy.size, chunks: () => copy.chunks() },
    {
      state: agent.state,
      spool: agent.spool,
      config: lane,
      run: await agent.measuredRun(lane),
      campaignId,
      format,
      mapping,
      nowMs: agent.process.now(),
      signal: agent.signal,
      onTaken: (events) => {
        for (const { eventId } of events) {
          if (eventIds.length < MAX_IDS) eventIds.push(eventId);
        }
      },
    },
  );
  const stopped = whyStopped(report.stoppedBy);
  return {
    format: report.format,
    reportSha256: report.reportSha256 === '' ? null : report.reportSha256,
    accepted: report.spooled,
    known: report.known - report.changedCount,
    refused: report.refused + report.changedCount - (stopped === null ? 0 : 1),
    skipped: report.skipped,
    eventIds,
    redactions: report.redactions,
    faults: report.faults,
    stopped,
  };
}

/** A bound or the disk; or the agent itself ends, or a lock was held too long. */
function whyStopped(by: StoppedBy | null): TakenReport['stopped'] {
  if (by === null) return null;
  return by === 'spool_full' || by === 'state_full' ? 'spool_full' : 'service_unavailable';
}
