import { isIP } from 'node:net';
import { isAbsolute, resolve } from 'node:path';
import type { Settings } from './settings.ts';

/** Where the local API listens. A unix socket without a path is `intake.sock` in the data directory. */
export type IntakeListener =
  | { readonly kind: 'unix'; readonly path: string | null }
  | { readonly kind: 'loopback'; readonly host: string; readonly port: number };

/** A folder whose reports are taken. */
export interface WatchedFolder {
  /** Absolute. */
  readonly path: string;
  /** Whose reports they are; null: the only tenant's that is configured. */
  readonly tenantId: string | null;
}

export interface IntakeSettings {
  readonly listeners: readonly IntakeListener[];
  /** The bearer token of TCP listeners; null: `intake-token` in the data directory, made where it is missing. */
  readonly tokenFile: string | null;
  readonly watched: readonly WatchedFolder[];
  /** Of the events from watched folders. */
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
  if (campaign !== null && [...campaign.value].length > 128) {
    settings.fault(campaign.variable, 'is longer than 128 characters');
  }
  return {
    listeners: readListeners(settings),
    tokenFile: token === null ? null : resolve(token.value),
    watched: readWatched(settings),
    watchCampaign: campaign?.value ?? 'default',
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

/** Separated by `:` as in PATH; each may begin with `TENANT=`. */
function readWatched(settings: Settings): readonly WatchedFolder[] {
  const setting = settings.find(WATCH);
  if (setting === null) return [];
  const folders = setting.value
    .split(':')
    .filter((one) => one !== '')
    .map(watchedFolder);
  const problem = watchProblem(folders);
  if (problem !== null) settings.fault(WATCH, problem);
  return folders;
}

/** `DIR` or `TENANT=DIR`. */
export function watchedFolder(text: string): WatchedFolder {
  const named = TENANT_PREFIX.exec(text);
  return { path: resolve(named?.[2] ?? text), tenantId: named?.[1] ?? null };
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
