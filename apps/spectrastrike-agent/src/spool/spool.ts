import type { SpoolBounds } from '../config.ts';
import type { State } from '../state/open-state.ts';
import { StateFault } from '../state/state-fault.ts';
import { type Admission, judgeAdmission } from './admission.ts';
import {
  type BatchSupport,
  type NextBatch,
  nextBatch,
  readBatchSupport,
  writeBatchSupport,
} from './batches.ts';
import { countLanes } from './counts.ts';
import { type DirectoryLock, takeDrainLock } from './directory-lock.ts';
import { type EnqueueOutcome, enqueueEvents } from './enqueue.ts';
import { readGatewayState, writeGatewayState } from './gateway-state.ts';
import { findLane, holdLane, listLanes, openLane, pauseLane, probeLaneNow, resumeLane } from './lanes.ts';
import { endBackoffs, type NextEvents, nextEvents, nextRetryMs } from './next-events.ts';
import {
  dropQuarantined,
  listQuarantine,
  type QuarantineQuery,
  retryQuarantined,
  showQuarantined,
} from './quarantine.ts';
import { findReport } from './reports.ts';
import { appendSecurityLog, type SecurityEntry } from './security-log.ts';
import { settle } from './settle.ts';
import type {
  EnqueueResult,
  GatewayState,
  Lane,
  LaneCounts,
  LaneKey,
  NewEvent,
  QuarantinedEvent,
  QuarantineSelection,
  ReportRecord,
  Settlement,
  SpooledEvent,
} from './types.ts';

/**
 * The durable queue between intake and the gateway.
 *
 * 1. Acknowledged is stored. `enqueue` returns after the fsync of the one transaction that holds the report,
 *    every event and every intent; if it throws, none of them is there. What it acknowledged survives kill -9
 *    of the agent, and a power loss as far as the disk honours fsync.
 * 2. An event is written once per lane and event id. Its payload, its place and its time never change
 *    after that, whatever is enqueued later under the same id. Only of a delivered event the payload may go, after
 *    the retention that the operator set (empty-delivered.ts); the event stays known by id and content.
 * 3. Nothing leaves by itself. An event is pending until the gateway acknowledged it (delivered) or refused it
 *    for good (quarantined, with the gateway's code). Only `drop` by hand ends a quarantined one; it keeps its
 *    row, so that the same report does not bring it back, and its entry in the security log.
 * 4. Every event has an intent, written in the same transaction, before it can be sent. Intents of all lanes form
 *    one chain without gaps; the file itself refuses to change or remove one.
 * 5. One process drains a data directory at a time (`lockForDraining`); any number may enqueue meanwhile, each
 *    transaction waiting for the other's. Attempts in flight are not stored: after a crash they are made again,
 *    and the gateway answers `duplicate` for what it had accepted.
 * 6. Settlements are idempotent: they only change events that are still pending.
 */
export interface Spool {
  openLane(key: LaneKey): Lane;
  lanes(gateway?: string): readonly Lane[];
  lane(laneId: number): Lane | null;
  /** PROTOCOL.md section 13, 401 and 403: events stay, one probe is allowed from `probeAfterMs` on. */
  pauseLane(laneId: number, code: string, probeAfterMs: number): void;
  resumeLane(laneId: number): void;
  /** The gateway's rate limit holds it until then, Unix milliseconds; for `status`. */
  holdLane(laneId: number, code: string, untilMs: number): void;
  /** By hand: the next drain may probe at once. */
  probeLaneNow(laneId: number): void;

  /** Whether so many more bytes may come in now. */
  admit(bytes: number): Admission;
  /**
   * Throws StateFault: `spool_full` beyond the bounds, `state_full` where the disk is. Events that are known already
   * need no room. `onOutcome` is called within the transaction, for each event in order: acknowledge after it returned.
   */
  enqueue(
    lane: LaneKey,
    report: ReportRecord | null,
    events: Iterable<NewEvent>,
    /**
     * Called for each event in turn, within the transaction: what it says is true once `enqueue` has returned. `seq` is
     * the event's number in the spool; of the one that stands, where the content differs.
     */
    onOutcome?: (outcome: EnqueueOutcome, event: NewEvent, seq: number) => void,
  ): EnqueueResult;
  findReport(lane: LaneKey, reportSha256: string, mappingVersion: string): ReportRecord | null;

  /** Pending events of a lane: never-tried ones in order of arrival, and those whose backoff is over. */
  nextEvents(laneId: number, query: NextEvents): readonly SpooledEvent[];
  /** As `nextEvents`, as many as one batch can hold: one campaign, one count of attempts. */
  nextBatch(laneId: number, query: NextBatch): readonly SpooledEvent[];
  /** When the earliest backoff of a lane ends, Unix milliseconds; null when no event of it is in backoff. */
  nextRetryMs(laneId: number): number | null;
  /** Every event in backoff, in the lanes of this gateway, may be tried at once. */
  endBackoffs(gateway: string): void;
  settle(settlements: readonly Settlement[]): void;
  counts(): readonly LaneCounts[];

  quarantined(query?: QuarantineQuery): readonly QuarantinedEvent[];
  /** With its payload, as canonical text. */
  showQuarantined(seq: number): (QuarantinedEvent & { readonly payload: string }) | null;
  /** Makes them pending as if never tried. Returns how many. */
  retryQuarantined(selection: QuarantineSelection): number;
  /** Gives them up, with a reason for the security log. Returns how many. */
  dropQuarantined(selection: QuarantineSelection, reason: string): number;

  gateway(url: string): GatewayState;
  saveGateway(state: GatewayState): void;
  batchSupport(gateway: string): BatchSupport;
  saveBatchSupport(gateway: string, support: BatchSupport): void;
  security(entry: SecurityEntry): void;

  /** Null when another process is draining. The operating system frees it when the process dies. */
  lockForDraining(): DirectoryLock | null;
}

export interface SpoolOptions {
  /** Unix milliseconds. */
  readonly now: () => number;
  /** What `enqueue` is refused beyond; asked at each. Default: no bounds. */
  readonly bounds?: () => SpoolBounds;
  /** After events were written. */
  readonly onEnqueued?: () => void;
}

export function createSpool(state: State, options: SpoolOptions): Spool {
  const { now } = options;
  const write = <T>(work: () => T): T => state.transaction(work);
  const read = <T>(work: () => T): T => state.read(work);
  const { db } = state;
  const admit = (bytes: number): Admission => {
    const bounds = options.bounds?.();
    if (bounds === undefined) return { ok: true };
    return read(() => judgeAdmission({ db, dataDir: state.dataDir, bounds, bytes, nowMs: now() }));
  };
  return {
    openLane: (key) => read(() => findLane(db, key)) ?? write(() => openLane(db, key)),
    lanes: (gateway) => read(() => listLanes(db, gateway)),
    lane: (laneId) => read(() => listLanes(db).find((lane) => lane.laneId === laneId) ?? null),
    pauseLane: (laneId, code, probeAfterMs) => write(() => pauseLane(db, laneId, code, now(), probeAfterMs)),
    resumeLane: (laneId) => write(() => resumeLane(db, laneId)),
    holdLane: (laneId, code, untilMs) => write(() => holdLane(db, laneId, code, untilMs)),
    probeLaneNow: (laneId) => write(() => probeLaneNow(db, laneId)),
    admit,
    enqueue: (lane, report, events, onOutcome) => {
      const result = write(() => {
        const taken = enqueueEvents(db, lane, report, events, now(), onOutcome);
        // Judged with everything in it, and undone with it: two processes that both had room cannot both use it.
        const admission: Admission = taken.spooled === 0 ? { ok: true } : admit(0);
        if (!admission.ok) throw new StateFault(admission.code, `nothing was stored: ${admission.detail}`);
        return taken;
      });
      if (result.spooled > 0) options.onEnqueued?.();
      return result;
    },
    findReport: (lane, sha256, mapping) => read(() => findReport(db, lane, sha256, mapping)),
    nextEvents: (laneId, query) => read(() => nextEvents(db, laneId, query)),
    nextBatch: (laneId, query) => read(() => nextBatch(db, laneId, query)),
    nextRetryMs: (laneId) => read(() => nextRetryMs(db, laneId)),
    endBackoffs: (gateway) => write(() => endBackoffs(db, gateway)),
    settle: (settlements) => {
      if (settlements.length > 0) write(() => settle(db, settlements, now()));
    },
    counts: () => read(() => countLanes(db)),
    quarantined: (query) => read(() => listQuarantine(db, query ?? {})),
    showQuarantined: (seq) => read(() => showQuarantined(db, seq)),
    retryQuarantined: (selection) => write(() => retryQuarantined(db, selection)),
    dropQuarantined: (selection, reason) => write(() => dropQuarantined(db, selection, reason, now())),
    gateway: (url) => read(() => readGatewayState(db, url)),
    saveGateway: (gateway) => write(() => writeGatewayState(db, gateway)),
    batchSupport: (gateway) => read(() => readBatchSupport(db, gateway)),
    saveBatchSupport: (gateway, support) => write(() => writeBatchSupport(db, gateway, support)),
    security: (entry) => write(() => appendSecurityLog(db, entry, now())),
    lockForDraining: () => takeDrainLock(state.dataDir),
  };
}
