import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { StoreSettings } from './gateway-config.ts';
import type { Settings } from './settings.ts';

const PARTS = ['VV_DB_USER', 'VV_DB_PASSWORD', 'VV_DB_HOST', 'VV_DB_PORT', 'VV_DB_NAME'] as const;

/** Where the data is. `DATABASE_URL` before `VV_DB_URL` before the `VV_DB_*` parts; none: embedded. */
export function readStoreSettings(settings: Settings): StoreSettings {
  return {
    databaseUrl: readDatabaseUrl(settings),
    dataDir: readDataDir(settings),
    autoMigrate: settings.boolean('VV_TG_AUTO_MIGRATE', true),
  };
}

function readDataDir(settings: Settings): string {
  const configured = settings.text('VV_TG_DATA_DIR');
  if (configured !== null) return resolve(configured);
  const state = settings.text('XDG_STATE_HOME');
  const base = state !== null && isAbsolute(state) ? state : join(homedir(), '.local', 'state');
  return join(base, 'vectorvue-gateway');
}

function readDatabaseUrl(settings: Settings): string | null {
  for (const name of ['DATABASE_URL', 'VV_DB_URL']) {
    const url = settings.text(name);
    if (url === null) continue;
    if (!isPostgresUrl(url)) settings.fault(name, 'must be a postgres:// or postgresql:// URL');
    return url;
  }
  if (PARTS.every((name) => settings.text(name) === null)) return null;
  return assembleUrl(settings);
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && ['postgres:', 'postgresql:'].includes(new URL(text).protocol);
}

/**
 * Every part is percent-encoded: a password that holds `@`, `/` or `?` must not become another host
 * or a connection parameter such as `sslmode=disable`.
 */
function assembleUrl(settings: Settings): string {
  const user = settings.required('VV_DB_USER', 'another VV_DB_ variable is set');
  const name = settings.required('VV_DB_NAME', 'another VV_DB_ variable is set');
  const host = settings.required('VV_DB_HOST', 'another VV_DB_ variable is set');
  const port = settings.integer('VV_DB_PORT', { default: 5432, min: 1, max: 65_535 });
  const password = settings.text('VV_DB_PASSWORD');
  if (host !== null && !/^[A-Za-z0-9.:_/-]+$/.test(host)) {
    settings.fault('VV_DB_HOST', 'must be a host name, an address or the directory of a socket');
  }
  const login = `${encodeURIComponent(user ?? '')}${password === null ? '' : `:${encodeURIComponent(password)}`}`;
  const database = encodeURIComponent(name ?? '');
  if (host?.startsWith('/')) {
    return `postgresql://${login}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`;
  }
  const bracketed = host?.includes(':') ? `[${host}]` : host;
  return `postgresql://${login}@${bracketed ?? ''}:${port}/${database}`;
}
