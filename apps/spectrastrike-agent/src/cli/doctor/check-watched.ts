import { accessSync, constants, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errnoCode } from '@nyxera/federation-cli';
import type { FeedbackConfig, WatchedFolder } from '../../config.ts';
import { isCandidate, lookAtFolder } from '../../watch/look-at-folder.ts';
import { counted } from '../format.ts';
import { type Check, fail, ok, warn } from './check.ts';

const NAME = 'watched folder';
const EVERYBODY_MAY_WRITE = 0o002;

/** The folders of the settings: those that only `--watch` names are known to the daemon alone (its /v1/status). */
export async function checkWatched(
  folders: readonly WatchedFolder[],
  lanes: readonly Pick<FeedbackConfig, 'tenantId'>[] | null,
  isServed: boolean,
): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const folder of folders) {
    const broken = whyNotWatched(folder.path) ?? whyNotTaken(folder, lanes);
    checks.push(...(broken === null ? await lookInto(folder.path, isServed) : [broken]));
  }
  return checks;
}

/** What keeps `run` from starting, or reports from leaving the folder. */
function whyNotWatched(path: string): Check | null {
  try {
    if (!statSync(path).isDirectory()) {
      return fail(NAME, `${path} is no directory`, 'make it one, or correct SPECTRASTRIKE_WATCH_DIRS');
    }
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    for (const name of ['done', 'failed']) {
      const place = join(path, name);
      const stats = lstatSync(place, { throwIfNoEntry: false });
      if (stats === undefined) continue;
      if (!stats.isDirectory()) {
        return fail(NAME, `${place} is no directory`, 'move it away: reports that are dealt with go there');
      }
      accessSync(place, constants.R_OK | constants.W_OK | constants.X_OK);
    }
    return null;
  } catch (error) {
    const code = errnoCode(error);
    if (code === null) throw error;
    const advice =
      code === 'ENOENT'
        ? 'make it, or correct SPECTRASTRIKE_WATCH_DIRS: run refuses to start'
        : 'let the user of the agent read and write it, done and failed included: reports are moved';
    return fail(NAME, `${path}: ${code}`, advice);
  }
}

function whyNotTaken(
  { path, tenantId }: WatchedFolder,
  lanes: readonly Pick<FeedbackConfig, 'tenantId'>[] | null,
): Check | null {
  if (lanes === null) return null;
  const isKnown =
    tenantId === null
      ? lanes.length === 1
      : lanes.some((lane) => lane.tenantId.toLowerCase() === tenantId.toLowerCase());
  if (isKnown) return null;
  return tenantId === null
    ? fail(NAME, `${path} names no tenant, and several have routes`, 'write TENANT=DIR')
    : fail(
        NAME,
        `${path} is watched for a tenant that has no route`,
        'give the tenant a route, or correct it',
      );
}

async function lookInto(path: string, isServed: boolean): Promise<readonly Check[]> {
  const waiting = (await lookAtFolder(path)).length;
  const failed = reportsIn(join(path, 'failed'));
  const found = `${path}: ${counted(waiting, 'report')} to take`;
  return [
    waiting > 0 && !isServed
      ? warn(NAME, `${found}, and no daemon runs`, 'start spectrastrike-agent run')
      : ok(NAME, found),
    ...(failed === 0
      ? []
      : [
          warn(
            NAME,
            `${counted(failed, 'report')} in ${join(path, 'failed')}`,
            'the .reason.json beside each says why: mend it and drop it in again, then remove both',
          ),
        ]),
    ...((statSync(path).mode & EVERYBODY_MAY_WRITE) === 0
      ? []
      : [
          warn(
            NAME,
            `every user may drop reports into ${path}`,
            'chmod o-w it: what lies there is signed and sent in your name',
          ),
        ]),
  ];
}

function reportsIn(directory: string): number {
  try {
    return readdirSync(directory).filter(isCandidate).length;
  } catch {
    return 0;
  }
}
