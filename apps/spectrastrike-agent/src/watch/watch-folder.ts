import { type FSWatcher, watch } from 'node:fs';
import { errnoCode } from '@nyxera/federation-cli';
import type { JsonLike } from '../cli/command-result.ts';
import { systemClock } from '../deliver/system-clock.ts';
import { type Found, isSameFile, lookAtFolder } from './look-at-folder.ts';
import { fileKey, openForWriting } from './open-writers.ts';
import { prepareFolder } from './put-away.ts';
import { Steadiness } from './steadiness.ts';
import { type Dealt, type FileContext, takeFile } from './take-file.ts';

/** Between two looks, however often the system gives notice; milliseconds. */
const LEAST_GAP_MS = 50;

export interface WatchTimes {
  /** How long size and times must not change; milliseconds. */
  readonly settleMs: number;
  /** Between two looks where the system reports nothing; milliseconds. */
  readonly scanMs: number;
  /** Between two looks while the spool takes nothing, or the folder cannot be read; milliseconds. */
  readonly waitMs: number;
}

export interface FolderWatch {
  status(): JsonLike;
  /** Looks at once. */
  nudge(): void;
  /** After the file that is under way. */
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly times: WatchTimes;
  /** Monotonic, milliseconds. */
  readonly elapsed: () => number;
  readonly onDealt: (dealt: Dealt) => void;
}

/**
 * Watches one folder until it is closed: look -> which are complete -> take them, one after the other -> wait. The
 * system's notices (fs.watch) only shorten the wait: they get lost on network file systems, and when there are too many.
 */
export function watchFolder(context: FileContext, options: WatchOptions): FolderWatch {
  const stop = new AbortController();
  const bell = new Bell();
  const tally = { done: 0, failed: 0, waiting: 0, waiting_code: null as string | null };
  prepareFolder(context.folder.path);
  const notices = listen(context.folder.path, () => bell.ring());
  const ended = loop(context, options, tally, bell, stop.signal);
  return {
    status: () => {
      const { path, tenantId, format, mapping } = context.folder;
      return { path, tenant_id: tenantId, format, mapping, ...tally };
    },
    nudge: () => bell.ring(),
    close: async () => {
      stop.abort();
      notices?.close();
      bell.ring();
      await ended;
    },
  };
}

type FolderTally = { done: number; failed: number; waiting: number; waiting_code: string | null };

async function loop(
  context: FileContext,
  options: WatchOptions,
  tally: FolderTally,
  bell: Bell,
  signal: AbortSignal,
): Promise<void> {
  const round = { steadiness: new Steadiness(options.times.settleMs), stuck: new Map<string, Found>() };
  const { logger } = context.agent;
  const { path } = context.folder;
  let complained = '';
  while (!signal.aborted) {
    let code: string | null = null;
    try {
      code = await oneRound(context, options, round, tally, signal);
    } catch (error) {
      code = errnoCode(error) ?? 'internal_error';
      if (complained !== code) logger.warn('watch.fault', { path, code, detail: messageOf(error) });
    }
    if (code !== null && code !== complained) logger.warn('watch.waiting', { path, code });
    complained = code ?? '';
    tally.waiting_code = code;
    await bell.wait(code === null ? options.times.scanMs : options.times.waitMs);
    // A producer that writes all the time rings all the time.
    await systemClock.wait(LEAST_GAP_MS, signal);
  }
}

interface Round {
  readonly steadiness: Steadiness;
  /** Files that cannot be dealt with (they may not be moved, say), as they were then: no reason to hold the others. */
  readonly stuck: Map<string, Found>;
}

/** null, or what is waited for. */
async function oneRound(
  context: FileContext,
  options: WatchOptions,
  round: Round,
  tally: FolderTally,
  signal: AbortSignal,
): Promise<string | null> {
  const { agent, folder } = context;
  const found = await lookAtFolder(folder.path);
  tally.waiting = found.length;
  const settled = round.steadiness
    .settled(found, options.elapsed(), agent.process.now())
    .filter((one) => !isStuck(round.stuck, one));
  for (const one of await withoutWriters(settled)) {
    if (signal.aborted) return null;
    const dealt = await dealWith(context, one, round.stuck);
    if (dealt === null) continue;
    options.onDealt(dealt);
    if (dealt.kind === 'later') {
      // What one file waits for, the others would wait for, too; but one that changes is its own affair.
      if (dealt.code !== 'report_changed') return dealt.code;
      continue;
    }
    tally[dealt.kind] += 1;
    tally.waiting -= 1;
    const facts = { path: folder.path, file: one.name, code: dealt.code, taken: dealt.taken };
    if (dealt.kind === 'done') agent.logger.info('watch.done', facts);
    else agent.logger.warn('watch.failed', facts);
  }
  return null;
}

/** null: it could not be dealt with, which is logged once. What was spooled of it stays spooled. */
async function dealWith(
  context: FileContext,
  found: Found,
  stuck: Map<string, Found>,
): Promise<Dealt | null> {
  try {
    return await takeFile(context, found);
  } catch (error) {
    stuck.set(found.name, found);
    const code = errnoCode(error) ?? 'internal_error';
    const facts = { path: context.folder.path, file: found.name, code, detail: messageOf(error) };
    context.agent.logger.warn('watch.stuck', facts);
    return null;
  }
}

function isStuck(stuck: Map<string, Found>, found: Found): boolean {
  const before = stuck.get(found.name);
  if (before === undefined) return false;
  if (isSameFile(before.stats, found.stats)) return true;
  stuck.delete(found.name);
  return false;
}

async function withoutWriters(settled: readonly Found[]): Promise<readonly Found[]> {
  const files = settled.filter((one) => one.kind === 'file');
  if (files.length === 0) return settled;
  const writing = await openForWriting(new Set(files.map((one) => fileKey(one.stats))));
  return settled.filter((one) => !writing.has(fileKey(one.stats)));
}

/** null: the system gives no notices here (no watches left, a file system without them); the looks go on. */
function listen(path: string, onNotice: () => void): FSWatcher | null {
  try {
    const watcher = watch(path, { persistent: false }, onNotice);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}

/** Waits for a time or for a ring, whichever is first. A ring while nobody waits is remembered. */
class Bell {
  #rung = false;
  #wake: (() => void) | null = null;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async wait(milliseconds: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = null;
    }
    this.#rung = false;
  }
}
