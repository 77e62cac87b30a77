import { randomUUID } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { errnoCode } from '@nyxera/federation-cli';
import { type WatchedFolder, watchedFolder, watchProblem } from '../config.ts';
import type { DaemonContext, Running, Service } from '../daemon/service.ts';
import type { ReportCounter } from '../incoming/report-counter.ts';
import { Turns } from '../incoming/turns.ts';
import { MAX_REPORT_BYTES } from '../intake/index.ts';
import { StateFault } from '../state/state-fault.ts';
import { type FolderWatch, type WatchTimes, watchFolder } from './watch-folder.ts';

export interface WatchServiceOptions {
  /** As `--watch` has them: `DIR` or `TENANT=DIR`; beside those of the settings. */
  readonly folders?: readonly string[];
  readonly count?: ReportCounter;
  readonly turns?: Turns;
  readonly times?: Partial<WatchTimes>;
}

const SCAN_MS = 1000;
const WAIT_MS = 5000;

/** Watched folders of `run`: what is dropped there is taken, and moved to `done/` or `failed/`. */
export function watchFolders(options: WatchServiceOptions = {}): Service {
  return {
    name: 'watch',
    start: async (agent) => {
      const watches = new Map<string, FolderWatch>();
      const follow = (): Promise<void> => followSettings(agent, options, watches);
      try {
        await follow();
      } catch (error) {
        await closeAll(watches);
        throw error;
      }
      const running: Running = {
        status: () => [...watches.values()].map((one) => one.status()),
        reload: follow,
        close: () => closeAll(watches),
      };
      return running;
    },
  };
}

/** Folders that are new begin, those that are gone end. Throws StateFault for one that cannot be watched. */
async function followSettings(
  agent: DaemonContext,
  options: WatchServiceOptions,
  watches: Map<string, FolderWatch>,
): Promise<void> {
  const { intake } = agent.config();
  const folders = (options.folders ?? []).map((one) => watchedFolder(one, intake.watchCampaign));
  const wanted = [...intake.watched, ...folders].map(realFolder);
  const problem = watchProblem(wanted);
  if (problem !== null) throw new StateFault('state_unusable', `the watched folders: one ${problem}`);
  const keys = new Set(wanted.map(keyOf));
  for (const [key, one] of watches) {
    if (keys.has(key)) continue;
    watches.delete(key);
    await one.close();
  }
  for (const folder of wanted) {
    if (watches.has(keyOf(folder))) continue;
    if (folder.tenantId !== null && agent.laneOf(folder.tenantId) === null) {
      throw new StateFault('state_unusable', `${folder.path} is watched for a tenant that has no route`);
    }
    watches.set(keyOf(folder), start(agent, options, folder));
  }
}

function start(agent: DaemonContext, options: WatchServiceOptions, folder: WatchedFolder): FolderWatch {
  const { intake } = agent.config();
  const times = { settleMs: intake.watchSettleMs, scanMs: SCAN_MS, waitMs: WAIT_MS, ...options.times };
  const context = {
    agent,
    folder,
    maxBytes: MAX_REPORT_BYTES,
    turns: options.turns ?? new Turns(1),
    unique: randomUUID,
  };
  try {
    return watchFolder(context, {
      times,
      elapsed: () => performance.now(),
      onDealt: (dealt) => {
        if (dealt.kind === 'done') options.count?.('watch', 'taken');
        if (dealt.kind === 'failed') options.count?.('watch', dealt.partial ? 'partial' : 'refused');
      },
    });
  } catch (error) {
    throw unusable(folder.path, error);
  }
}

function realFolder(folder: WatchedFolder): WatchedFolder {
  try {
    const path = realpathSync(folder.path);
    if (statSync(path).isDirectory()) return { ...folder, path };
  } catch (error) {
    throw unusable(folder.path, error);
  }
  throw new StateFault('state_unusable', `${folder.path} is no directory that can be watched`);
}

function unusable(path: string, error: unknown): StateFault {
  const why = errnoCode(error) ?? (error instanceof Error ? error.message : 'unknown error');
  return new StateFault('state_unusable', `${path} cannot be watched (${why})`, { cause: error });
}

/** All that decides what becomes of a report: a folder of which something changed begins anew. */
function keyOf(folder: WatchedFolder): string {
  return JSON.stringify([folder.path, folder.tenantId, folder.campaignId, folder.format, folder.mapping]);
}

async function closeAll(watches: Map<string, FolderWatch>): Promise<void> {
  await Promise.all([...watches.values()].map((one) => one.close()));
  watches.clear();
}
