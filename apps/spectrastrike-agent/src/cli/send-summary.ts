import type { DeliverySummary } from '../deliver/types.ts';
import type { EventState } from '../spool/types.ts';
import type { LaneWaiting } from '../status/delivery-status.ts';
import { describeWait } from '../status/status-blocks.ts';
import type { TakenReport } from '../take-report.ts';
import { type Block, type CommandResult, facts, table, text } from './command-result.ts';
import { EXIT_OK, EXIT_UNFINISHED } from './exit-codes.ts';
import { instant } from './format.ts';

export interface SendOutcome {
  readonly reports: readonly TakenReport[];
  /** The states of the events of these reports after they were spooled and before delivery. */
  readonly before: Readonly<Record<EventState, number>>;
  readonly after: Readonly<Record<EventState, number>>;
  /** Events that stand more than once in the reports, beyond the first time. */
  readonly repeats: number;
  /** null: `--no-wait`. */
  readonly delivery: DeliverySummary | null;
  /** Everything that still waits for this gateway. */
  readonly pending: number;
  /** What the lane waits for as the state says it, whichever process delivers; null: nothing. */
  readonly held: LaneWaiting | null;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/**
 * The six numbers of the contract, and what people want to know beside them.
 * - read: events in the reports; spooled: those that were new to the spool;
 * - delivered: newly accepted by the gateway in this run, what had waited from before included;
 * - duplicates: known as delivered already, by the spool or by the gateway, and repeats within the reports;
 * - quarantined: refused for good in this run, or events of these reports that had been before;
 * - pending: everything that still waits for this gateway.
 */
export function summarizeSend(outcome: SendOutcome): CommandResult {
  const { reports, before, after, repeats, delivery, pending, held } = outcome;
  const sum = (of: (report: TakenReport) => number): number => reports.reduce((n, one) => n + of(one), 0);
  const read = sum((one) => one.read);
  const spooled = sum((one) => one.spooled);
  const changed = sum((one) => one.changedCount);
  const faults = sum((one) => one.refused);
  // Another process may have drained for us: then what moved counts, and not what this process sent.
  const moved = after.delivered - before.delivered - (delivery?.duplicates ?? 0);
  const numbers = {
    read,
    spooled,
    delivered: Math.max(delivery?.delivered ?? 0, moved),
    duplicates: before.delivered + repeats + (delivery?.duplicates ?? 0),
    quarantined: before.quarantined + (delivery?.quarantined ?? 0),
    pending,
  };
  const unfinished = numbers.pending + numbers.quarantined + changed + faults > 0;
  return {
    blocks: [
      ...(reports.length === 0 ? [] : [reportTable(reports)]),
      ...faultBlocks(reports),
      facts(...Object.entries(numbers).map(([name, count]): [string, string] => [name, String(count)])),
      ...waitingBlocks(outcome),
    ],
    json: [...reports.map(reportJson), ...waitingJson(delivery, held, pending), { ...numbers }],
    exitCode: unfinished ? EXIT_UNFINISHED : EXIT_OK,
  };
}

function reportTable(reports: readonly TakenReport[]): Block {
  return table(
    ['file', 'format', 'read', 'spooled', 'known', 'skipped', 'faults', 'redacted'],
    reports.map((one) => [
      one.file,
      one.format ?? '-',
      String(one.read),
      String(one.spooled),
      String(one.known),
      String(total(one.skipped)),
      String(one.refused + one.changedCount),
      String(total(one.redactions)),
    ]),
  );
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function faultBlocks(reports: readonly TakenReport[]): readonly Block[] {
  const rows = reports.flatMap((one) => [
    ...one.faults.map((fault) => [fault.file, fault.where, `${fault.code}: expected ${fault.expected}`]),
    ...one.changed.map((eventId) => [
      one.file,
      `event ${eventId}`,
      'event_conflict: expected the content that was spooled under this id before; that one stands',
    ]),
  ]);
  return rows.length === 0 ? [] : [table(['file', 'where', 'fault'], rows)];
}

function waitingBlocks({ delivery, pending, held, nowMs }: SendOutcome): readonly Block[] {
  if (pending === 0) return [];
  if (delivery === null) return [text('Spooled only. spectrastrike-agent send delivers it.')];
  const waiting = delivery.waiting;
  if (waiting === undefined) return [];
  // The limit is the gateway's, and so is the time: nothing is wrong, and sending again makes nothing faster.
  const isTheLimit = held?.reason === 'rate_limited' || waiting.reason === 'rate_limited';
  const by = waiting.reason === 'another_drainer' ? 'Another process of this agent delivers. ' : '';
  const what = held === null ? describeWaiting(waiting) : describeWait(held, pending, nowMs);
  const why = isTheLimit ? `Waiting for the gateway's rate limit: ${what}` : `Still waiting: ${what}`;
  return [text(`${by}${why}. Nothing is lost: run send again, or see status.`)];
}

function describeWaiting(waiting: NonNullable<DeliverySummary['waiting']>): string {
  const code = waiting.code === null ? '' : ` (${waiting.code})`;
  const until = waiting.retryAtMs === null ? '' : `; next attempt at ${instant(waiting.retryAtMs)}`;
  return `${waiting.reason}${code}${until}`;
}

/** A line of its own, only where something waits; times are Unix milliseconds. */
function waitingJson(delivery: DeliverySummary | null, held: LaneWaiting | null, pending: number) {
  if (pending === 0 || delivery?.waiting === undefined) return [];
  const { reason, code, retryAtMs } = delivery.waiting;
  return [
    {
      waiting: {
        reason: held?.reason ?? reason,
        code: held === null ? code : held.code,
        until_ms: held === null ? retryAtMs : held.untilMs,
        drain_ms: held?.drainMs ?? null,
        delivered_by: reason === 'another_drainer' ? 'another_process' : 'this_process',
      },
    },
  ];
}

function reportJson(one: TakenReport) {
  return {
    file: one.file,
    format: one.format,
    read: one.read,
    spooled: one.spooled,
    known: one.known,
    changed: one.changed,
    complete: one.complete,
    refused: one.refused,
    skipped: { ...one.skipped },
    faults: one.faults.map(({ code, where, expected }) => ({ code, where, expected })),
    redactions: { ...one.redactions },
  };
}
