import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const root = new URL('../..', import.meta.url).pathname;

export interface DevPlan {
  /** Absolute; everything that is made lies in it, and a second start goes on with it. */
  readonly folder: string;
  readonly port: number;
  readonly adminPort: number;
  readonly postgres: boolean;
}

export type ParsedArguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'fault'; readonly fault: string }
  | { readonly kind: 'plan'; readonly plan: DevPlan };

export const HELP = `Runs gateway and agent from their sources on this machine, and again whenever a source changes.

usage: pnpm dev [options]

  --postgres        a real PostgreSQL instead of the embedded database
  --port N          federation port of the gateway; default 8443
  --admin-port N    administration port; default 9464
  --folder DIR      keys, certificates, databases and logs; default .dev, which git ignores
  --help            this text

Ctrl-C ends everything. What was made stays: the next start goes on with it; remove the folder to begin anew.

exit code: 0 ended by Ctrl-C, 1 could not start, 2 wrong arguments`;

export function readArguments(args: readonly string[]): ParsedArguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        postgres: { type: 'boolean', default: false },
        port: { type: 'string', default: '8443' },
        'admin-port': { type: 'string', default: '9464' },
        folder: { type: 'string', default: join(root, '.dev') },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const port = readPort(values.port);
    const adminPort = readPort(values['admin-port']);
    if (port === null) return { kind: 'fault', fault: '--port takes a number from 1 to 65535' };
    if (adminPort === null || adminPort === port) {
      return { kind: 'fault', fault: '--admin-port takes another number from 1 to 65535' };
    }
    return {
      kind: 'plan',
      plan: { folder: resolve(values.folder), port, adminPort, postgres: values.postgres },
    };
  } catch (error) {
    return { kind: 'fault', fault: (error as Error).message };
  }
}

function readPort(text: string): number | null {
  const port = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}
