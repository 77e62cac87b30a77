import { isIP } from 'node:net';
import { isAbsolute, resolve } from 'node:path';
import { type Mappings, readMappings } from './mapping-settings.ts';
import type { Settings } from './settings.ts';
import { isCampaign, readWatchFile, WATCH_FILE_VARIABLE, type WatchedFolder } from './watch-file.ts';

/** Where the local API listens. A unix socket without a path is `intake.sock` in the data directory. */
export type IntakeListener =
  | { readonly kind: 'unix'; readonly path: string | null }
  | { readonly kind: 'loopback'; readonly host: string; readonly port: number };

export interface IntakeSettings {
  readonly listeners: readonly IntakeListener[];
  /** The bearer token of TCP listeners; null: `intake-token` in the data directory, made where it is missing. */
  readonly tokenFile: string | null;
  readonly watched: readonly WatchedFolder[];
  readonly mappings: Mappings;
  /** Of the events from watched folders for which nothing else is said. */
  readonly watchCampaign: string;
  /** How long a dropped file must not change before it is taken; milliseconds, default 2000. */
  readonly watchSettleMs: number;
}

const LISTEN = 'SPECTRASTRIKE_INTAKE_LISTEN';
const WATCH = 'SPECTRASTRIKE_WATCH_DIRS';
const TENANT_PREFIX = /^([0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})=(.*)$/s;

export function readIntakeSettings(settings: Settings): IntakeSettings {
  const token = settings.find('SPECTRASTRIKE_INTAKE_TOKEN_FILE');
  const campaign = settings.find('SPECTRASTRIKE_WATCH_CAMPAIGN');
  if (campaign !== null && !isCampaign(campaign.value)) {
    settings.fault(campaign.variable, 'is not 1 to 128 characters');
  }
  const watchCampaign = campaign?.value ?? 'default';
  const { mappings, names } = readMappings(settings);
  return {
    listeners: readListeners(settings),
    tokenFile: token === null ? null : resolve(token.value),
    mappings,
    watched: readWatched(settings, names, watchCampaign),
    watchCampaign,
    watchSettleMs: 1000 * settings.integer('SPECTRASTRIKE_WATCH_SETTLE_SECONDS', 2, 0, 3600),
  };
}

/** `off`, or one or more, separated by commas, of `unix`, `unix:/path`, `127.0.0.1:port`, `[::1]:port`. */
function readListeners(settings: Settings): readonly IntakeListener[] {
  const setting = settings.find(LISTEN);
  if (setting === null) return [{ kind: 'unix', path: null }];
  if (setting.value.toLowerCase() === 'off') return [];
  const listeners = setting.value.split(',').map((one) => readListener(one.trim()));
  if (listeners.some((one) => one === null)) {
    settings.fault(
      LISTEN,
      'takes off, unix, unix:/absolute/path, 127.0.0.1:port or [::1]:port, several separated by commas; other addresses than loopback are refused',
    );
  }
  return listeners.filter((one) => one !== null);
}

function readListener(text: string): IntakeListener | null {
  if (text === 'unix') return { kind: 'unix', path: null };
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    return isAbsolute(path) ? { kind: 'unix', path } : null;
  }
  const parts = /^(?:\[([0-9a-fA-F:]+)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  if (host === undefined || port > 65_535 || !isLoopback(host)) return null;
  return { kind: 'loopback', host, port };
}

/** By number only: what a name resolves to may change after it was looked at. */
function isLoopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Those of the file, and those of the variable: separated by `:` as in PATH, each may begin with `TENANT=`. */
function readWatched(
  settings: Settings,
  mappingNames: ReadonlySet<string>,
  campaignId: string,
): readonly WatchedFolder[] {
  const ofFile = readWatchFile(settings, mappingNames, campaignId);
  const named = settings.find(WATCH)?.value.split(':') ?? [];
  const folders = named.filter((one) => one !== '').map((one) => watchedFolder(one, campaignId));
  const all = [...ofFile, ...folders];
  const problem = watchProblem(all);
  if (problem !== null) settings.fault(folders.length > 0 ? WATCH : WATCH_FILE_VARIABLE, problem);
  return all;
}

/** `DIR` or `TENANT=DIR`: reports of every format that is told by its content. */
export function watchedFolder(text: string, campaignId: string): WatchedFolder {
  const named = TENANT_PREFIX.exec(text);
  const path = resolve(named?.[2] ?? text);
  return { path, tenantId: named?.[1] ?? null, campaignId, format: null, mapping: null };
}

/** A folder within another would be read by both, its `done` included. */
export function watchProblem(folders: readonly WatchedFolder[]): string | null {
  for (const [index, folder] of folders.entries()) {
    for (const other of folders.slice(index + 1)) {
      if (`${folder.path}/`.startsWith(`${other.path}/`) || `${other.path}/`.startsWith(`${folder.path}/`)) {
        return 'names a folder twice, or one within another';
      }
    }
  }
  return null;
}
