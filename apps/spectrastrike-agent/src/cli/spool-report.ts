import type { RecordedRun } from '../attestation/run-store.ts';
import { runById } from '../attestation/run-store.ts';
import type { LaneConfig } from '../config.ts';
import { buildEvents, type IntakeFault, MAPPING_VERSION, type ReportFormat } from '../intake/index.ts';
import type { Spool } from '../spool/spool.ts';
import type { LaneKey } from '../spool/types.ts';
import type { State } from '../state/open-state.ts';
import { reportSha256 } from './read-report.ts';

export interface SpooledReport {
  readonly file: string;
  readonly format: string | null;
  /** Events that the report holds, faulty ones not counted. */
  readonly read: number;
  readonly spooled: number;
  readonly known: number;
  /** Known ids whose content is another now: the spooled one stands, and somebody has to look. */
  readonly changed: readonly string[];
  readonly faults: readonly IntakeFault[];
  readonly redactions: Readonly<Record<string, number>>;
  readonly eventIds: readonly string[];
}

export interface SpoolReportContext {
  readonly state: State;
  readonly spool: Spool;
  readonly config: LaneConfig;
  readonly run: RecordedRun;
  readonly campaignId: string;
  /** null: whatever the content says. */
  readonly format: ReportFormat | null;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/**
 * intake -> spool, for one report; acknowledged only after the fsync. A report that was seen before is built
 * with the time and the measurements of then, so that it becomes the same events again.
 */
export function spoolReport(file: string, bytes: Uint8Array, context: SpoolReportContext): SpooledReport {
  const { state, spool, config } = context;
  const lane: LaneKey = {
    gateway: config.gatewayUrl,
    operatorId: config.operatorId,
    tenantId: config.tenantId,
  };
  const known = spool.findReport(lane, reportSha256(bytes), MAPPING_VERSION);
  const run = (known === null ? null : state.read(() => runById(state.db, known.runId))) ?? context.run;
  const recordedAt = known?.observedFallback ?? new Date(context.nowMs).toISOString();
  const built = buildEvents(
    { name: file, bytes },
    {
      operatorId: config.operatorId,
      tenantId: config.tenantId,
      campaignId: context.campaignId,
      schemaVersion: config.schemaVersion,
      measurements: run,
      recordedAt,
    },
  );
  if (context.format !== null && built.format !== null && built.format !== context.format) {
    const fault = {
      file,
      where: 'byte 0',
      expected: `${context.format}, as --format says; this is ${built.format}`,
    };
    return { ...emptyReport(file), format: built.format, faults: [fault] };
  }
  if (built.format === null) return { ...emptyReport(file), faults: built.faults };
  const result = spool.enqueue(
    lane,
    {
      reportSha256: built.reportSha256,
      mappingVersion: MAPPING_VERSION,
      format: built.format,
      name: file,
      firstSeenMs: context.nowMs,
      runId: run.runId,
      observedFallback: recordedAt,
      read: built.events.length,
    },
    built.events,
  );
  return {
    file,
    format: built.format,
    read: built.events.length,
    ...result,
    faults: built.faults,
    redactions: built.redactions,
    eventIds: built.events.map((event) => event.eventId),
  };
}

/** A file of which nothing could be taken. */
export function emptyReport(file: string): SpooledReport {
  return {
    file,
    format: null,
    read: 0,
    spooled: 0,
    known: 0,
    changed: [],
    faults: [],
    redactions: {},
    eventIds: [],
  };
}
