import { reportSha256 } from '../cli/read-report.ts';
import { spoolReport } from '../cli/spool-report.ts';
import type { FeedbackConfig } from '../config.ts';
import type { DaemonContext } from '../daemon/service.ts';
import type { ReportFormat } from '../intake/index.ts';
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
  readonly eventIds: readonly string[];
  readonly redactions: Readonly<Record<string, number>>;
  readonly faults: readonly { readonly code?: string; readonly where: string; readonly expected: string }[];
}

export interface CopyToTake {
  readonly copy: PrivateCopy;
  /** For messages only. */
  readonly name: string;
  readonly lane: FeedbackConfig;
  readonly campaignId: string;
  /** null: whatever the content says. */
  readonly format: string | null;
}

/** What the file seam of intake takes at once. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Intake -> spool for a report that is in a private file. Returns after the fsync of its last event; throws StateFault. */
export async function takeCopy(agent: DaemonContext, taken: CopyToTake): Promise<TakenReport> {
  const { copy, name, lane, campaignId, format } = taken;
  if (copy.size > MAX_BYTES) {
    return nothing({ where: `byte ${MAX_BYTES}`, expected: `a report of at most ${MAX_BYTES} bytes` });
  }
  const bytes = Buffer.concat([...copy.chunks()].map((one) => one.slice()));
  const report = spoolReport(name, bytes, {
    state: agent.state,
    spool: agent.spool,
    config: lane,
    run: await agent.measuredRun(lane),
    campaignId,
    format: format as ReportFormat | null,
    nowMs: agent.process.now(),
  });
  const changed = report.changed.length;
  return {
    format: report.format,
    reportSha256: reportSha256(bytes),
    accepted: report.spooled,
    known: report.known - changed,
    refused: report.faults.length + changed,
    eventIds: report.eventIds,
    redactions: report.redactions,
    faults: report.faults,
  };
}

function nothing(fault: { where: string; expected: string }): TakenReport {
  return {
    format: null,
    reportSha256: null,
    accepted: 0,
    known: 0,
    refused: 1,
    eventIds: [],
    redactions: {},
    faults: [fault],
  };
}
