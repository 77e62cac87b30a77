import { withConfigFile } from './config-file.ts';
import type { ConfigResult } from './gateway-config.ts';
import { isLoopback, readAdminListen } from './listen-address.ts';
import { Settings, type Variables } from './settings.ts';

export interface ConsoleOrigin {
  /** What a browser on this machine opens; null: the system chooses the port, so that only the gateway knows. */
  readonly origin: string | null;
  /** Whether one-time links are taken there. */
  readonly loopback: boolean;
}

/** Where the console of these settings is, for a command that prints a link to it. */
export function readConsoleOrigin(environment: Variables): ConfigResult<ConsoleOrigin> {
  const { variables, faults } = withConfigFile(environment);
  const settings = new Settings(variables);
  settings.faults.push(...faults);
  const listen = readAdminListen(settings);
  if (settings.faults.length > 0) return { ok: false, faults: settings.faults };
  const loopback = isLoopback(listen.host);
  const url = settings.text('VV_TG_CONSOLE_URL')?.replace(/\/$/, '') ?? null;
  const scheme = settings.text('VV_TG_CONSOLE_CERT_PATH') === null ? 'http' : 'https';
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  const bound = listen.port === 0 ? null : `${scheme}://${host}:${listen.port}`;
  return { ok: true, value: { origin: url ?? bound, loopback } };
}
