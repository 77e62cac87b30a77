import type { FeedbackConfig, WatchedFolder } from '../config.ts';
import type { DaemonContext } from '../daemon/service.ts';
import { PrivateCopy } from '../incoming/private-copy.ts';
import { type TakenReport, takeCopy } from '../incoming/take-copy.ts';
import type { Turns } from '../incoming/turns.ts';
import { StateFault } from '../state/state-fault.ts';
import { copyFile, notAFile } from './copy-file.ts';
import { type Found, look } from './look-at-folder.ts';
import { type Outcome, putAway, type Reason } from './put-away.ts';

export interface FileContext {
  readonly agent: DaemonContext;
  readonly folder: WatchedFolder;
  readonly maxBytes: number;
  /** Reports that are read at once, from wherever. */
  readonly turns: Turns;
  /** A name for a private file; does not repeat. */
  readonly unique: () => string;
}

/** What was done with a file. `later`: it stays, and is looked at again; the code says what is waited for. */
export type Dealt =
  | {
      readonly kind: Outcome;
      readonly code: string | null;
      readonly taken: number;
      readonly partial: boolean;
    }
  | { readonly kind: 'later'; readonly code: string };

/**
 * One complete file: copy -> take (fsync) -> put away. In this order, so that a kill at any point leaves a file that is
 * taken again and becomes the same events, which the spool knows. Anything that is not in whole goes to `failed/` with
 * its counts, also where most of it was taken.
 */
export async function takeFile(context: FileContext, found: Found): Promise<Dealt> {
  const { agent, folder } = context;
  if (found.kind === 'other') return refuseFile(context, found, notAFile());
  if (found.kind === 'symlink') {
    return refuseFile(context, found, { code: 'report_symlink', expected: 'a file, and no symbolic link' });
  }
  const lane = agent.laneOf(folder.tenantId ?? undefined);
  if (lane === null) return { kind: 'later', code: 'tenant_unknown' };
  const admission = agent.admit(Number(found.stats.size));
  if (!admission.ok) return { kind: 'later', code: admission.code };
  try {
    return await takeFrom(context, found, lane);
  } catch (error) {
    // The state's faults pass: a full disk is emptied, a lock ends. The report stays where it is.
    if (error instanceof StateFault) return { kind: 'later', code: error.code };
    throw error;
  }
}

async function takeFrom(context: FileContext, found: Found, lane: FeedbackConfig): Promise<Dealt> {
  const { agent, folder, maxBytes } = context;
  const { campaignId, format } = folder;
  const { mappings } = agent.config().intake;
  const mapping = folder.mapping === null ? null : (mappings.get(folder.mapping) ?? null);
  // Gone with a SIGHUP that ends this watch, too; read by its content, the report would become something else.
  if (mapping === null && folder.mapping !== null) return { kind: 'later', code: 'mapping_unknown' };
  using copy = PrivateCopy.make(agent.state.dataDir, context.unique());
  const copied = await copyFile(found, copy, maxBytes);
  if (copied.kind === 'changed') return { kind: 'later', code: 'report_changed' };
  if (copied.kind === 'refused') return refuseFile(context, found, copied);
  const report = await context.turns.run(() =>
    takeCopy(agent, { copy, name: found.name, lane, campaignId, format, mapping }),
  );
  if (report.stopped !== null) return { kind: 'later', code: report.stopped };
  const reason = report.refused === 0 ? null : reasonOf(context, found, report);
  const outcome = reason === null ? 'done' : 'failed';
  const moved = putAway(context.folder.path, found.name, copied.stats, outcome, reason);
  if (!moved) return { kind: 'later', code: 'report_changed' };
  const taken = report.accepted + report.known;
  return { kind: outcome, code: reason?.code ?? null, taken: report.accepted, partial: taken > 0 };
}

function reasonOf(context: FileContext, found: Found, report: TakenReport): Reason {
  const [first] = report.faults;
  const taken = report.accepted + report.known;
  return {
    code: taken > 0 ? 'report_partly_taken' : (first?.code ?? 'report_refused'),
    file: found.name,
    position: first?.where ?? 'file',
    expectation: first?.expected ?? 'a report',
    taken: report.accepted,
    known: report.known,
    refused: report.refused,
    skipped: report.skipped,
    faults: report.faults.map(({ code, where, expected }) =>
      code === undefined ? { where, expected } : { code, where, expected },
    ),
    report_sha256: report.reportSha256,
    format: report.format,
    at: new Date(context.agent.process.now()).toISOString(),
  };
}

/** Nothing of it was read. A link is moved itself: what it points to is not touched. */
async function refuseFile(
  context: FileContext,
  found: Found,
  { code, expected }: { readonly code: string; readonly expected: string },
): Promise<Dealt> {
  const named = await look(found.path);
  if (named === null) return { kind: 'later', code: 'report_changed' };
  const reason: Reason = {
    code,
    file: found.name,
    position: 'file',
    expectation: expected,
    taken: 0,
    known: 0,
    refused: 1,
    skipped: {},
    faults: [],
    report_sha256: null,
    format: null,
    at: new Date(context.agent.process.now()).toISOString(),
  };
  const moved = putAway(context.folder.path, found.name, found.stats, 'failed', reason);
  return moved
    ? { kind: 'failed', code, taken: 0, partial: false }
    : { kind: 'later', code: 'report_changed' };
}
