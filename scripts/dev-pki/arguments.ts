import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What to make. */
export interface Plan {
  /** Absolute path of the directory to make. */
  readonly out: string;
  /** Names and addresses that the server certificate is for; the first one is in the agent's URL. */
  readonly hosts: readonly string[];
  /** Address that the gateway listens on. */
  readonly listen: string;
  /** TCP ports of the federation and the administration listener, 1..65535. */
  readonly port: number;
  readonly adminPort: number;
  readonly identity: string;
  readonly operator: string;
  readonly tenant: string;
  /** Replace the files of an earlier run in the same directory. */
  readonly force: boolean;
}

export type ParsedArguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'fault'; readonly fault: string }
  | { readonly kind: 'plan'; readonly plan: Plan; readonly json: boolean };

export const HELP = `Makes a CA, certificates and keys for development, and the environment of both ends.

usage: node scripts/dev-pki/main.ts --out DIR [options]

  --out DIR         directory to make (mode 0700; refused if it exists)
  --host NAME|IP    name or address of the gateway, may be repeated; default localhost, 127.0.0.1, ::1
  --listen IP       address that the gateway listens on; default 127.0.0.1
  --port N          federation port; default 8443
  --admin-port N    administration port, always on 127.0.0.1; default 9464
  --identity NAME   service identity of the agent; default spectrastrike-dev
  --operator ID     operator; default op-dev-01
  --tenant UUID     tenant that the operator is mapped to; default 11111111-2222-4333-8444-555555555555
  --force           replace what an earlier run made in DIR; other files there stay
  --json            print what was made as one JSON line
  --help            this text

example:
  node scripts/dev-pki/main.ts --out dev --host localhost --host 127.0.0.1
  ( . dev/gateway.env && node apps/vectorvue-gateway/bin/vectorvue-gateway.js serve )
  ( . dev/agent.env && node apps/spectrastrike-agent/bin/spectrastrike-agent.js send report.xml )

exit code: 0 made, 1 refused, 64 wrong arguments`;

const TENANT = /^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/;
const DNS_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
const VISIBLE_ASCII = /^[!-~]{1,128}$/;

export function readArguments(args: readonly string[]): ParsedArguments {
  let values: ReturnType<typeof parseOptions>;
  try {
    values = parseOptions(args);
  } catch (error) {
    return { kind: 'fault', fault: (error as Error).message };
  }
  if (values.help) return { kind: 'help' };
  if (values.out === undefined || values.out === '') return { kind: 'fault', fault: '--out DIR is missing' };
  const hosts = values.host ?? ['localhost', '127.0.0.1', '::1'];
  const wrongHost = hosts.find((host) => isIP(host) === 0 && !isDnsName(host));
  if (wrongHost !== undefined) return fault('--host', wrongHost, 'a DNS name or an IP address');
  if (isIP(values.listen) === 0) return fault('--listen', values.listen, 'an IP address');
  const port = readPort(values.port);
  if (port === null) return fault('--port', values.port, 'a port from 1 to 65535');
  const adminPort = readPort(values['admin-port']);
  if (adminPort === null) return fault('--admin-port', values['admin-port'], 'a port from 1 to 65535');
  if (port === adminPort) return { kind: 'fault', fault: '--port and --admin-port must differ' };
  if (!VISIBLE_ASCII.test(values.identity))
    return fault('--identity', values.identity, '1 to 128 visible ASCII characters');
  if (!VISIBLE_ASCII.test(values.operator))
    return fault('--operator', values.operator, '1 to 128 visible ASCII characters');
  if (!TENANT.test(values.tenant)) return fault('--tenant', values.tenant, 'a UUID');
  const { listen, identity, operator, tenant, force, json } = values;
  const plan = {
    out: resolve(values.out),
    hosts,
    listen,
    port,
    adminPort,
    identity,
    operator,
    tenant,
    force,
  };
  return { kind: 'plan', plan, json };
}

function parseOptions(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: false,
    options: {
      out: { type: 'string' },
      host: { type: 'string', multiple: true },
      listen: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '8443' },
      'admin-port': { type: 'string', default: '9464' },
      identity: { type: 'string', default: 'spectrastrike-dev' },
      operator: { type: 'string', default: 'op-dev-01' },
      tenant: { type: 'string', default: '11111111-2222-4333-8444-555555555555' },
      force: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

/** A last label of digits only would be read as an IPv4 address by some resolvers. */
function isDnsName(host: string): boolean {
  return DNS_NAME.test(host) && !/(^|\.)[0-9]+$/.test(host);
}

function readPort(text: string): number | null {
  const port = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}

function fault(option: string, value: string, expected: string): ParsedArguments {
  return { kind: 'fault', fault: `${option} ${JSON.stringify(value)} is not ${expected}` };
}
