import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import { programEnvironment } from '@nyxera/federation-testing';
import { createPki } from '@nyxera/federation-testing/pki';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing/postgres';
import { temporaryDirectory } from '@nyxera/federation-testing/temporary-directory';
import pg from 'pg';
import { ALLOWED_VERSIONS, type Facts, IDENTITY, KEY_NAME, OPERATORS, SigningKey } from './facts.ts';
import type { HeldMemory } from './held-memory.ts';
import type { Endpoints } from './raw-client.ts';

const GATEWAY = fileURLToPath(new URL('../../../../apps/vectorvue-gateway', import.meta.url));

const NODE_FLAGS: readonly string[] = [
  '--unhandled-rejections=strict',
  // What the program would start itself anew with: the channel to this process does not survive that.
  '--max-semi-space-size=16',
  // Measures from inside; the program itself is as it is built.
  '--import',
  new URL('./held-memory.ts', import.meta.url).href,
];

/** The real gateway as a process of its own, on a real PostgreSQL, and what the fuzzer needs to talk to it. */
export interface World {
  readonly facts: Facts;
  readonly endpoints: Endpoints;
  readonly database: pg.Pool;
  readonly process: GatewayProcess;
  stop(): Promise<number>;
}

export interface GatewayProcess {
  readonly pid: number;
  /** What it holds, after a collection; null where it does not say, which is found out otherwise. */
  held(): Promise<HeldMemory | null>;
  /** What it wrote on stderr; only lines that say that something is wrong are kept. */
  faults(): readonly string[];
  exitCode(): number | null;
}

export interface WorldOptions {
  /** Directory of a built gateway; the workspace's own if absent, else a copy with a planted bug. */
  readonly build?: string;
  /** Laid over the gateway's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A server that is running already; it gets a database more, and is not stopped. */
  readonly postgres?: PostgresServer;
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const program = join(options.build ?? GATEWAY, 'bin/vectorvue-gateway.js');
  const directory = temporaryDirectory('fuzz');
  const postgres = options.postgres ?? (await startPostgres({ fast: true }));
  const stopPostgres = async (): Promise<void> => {
    if (options.postgres === undefined) await postgres.stop();
  };
  try {
    const url = await postgres.createDatabase();
    const pki = await createPki(join(directory.path, 'pki'));
    const server = await pki.issue({
      name: 'localhost',
      dns: ['localhost'],
      ips: ['127.0.0.1'],
      server: true,
    });
    const agent = await pki.issue({ name: IDENTITY, client: true });
    const other = await pki.issue({ name: 'other-agent', client: true });
    const key = new SigningKey();
    const feedbackPath = join(directory.path, 'feedback.pem');
    await generateKeyFile(feedbackPath);
    const tenants = [...new Set(Object.values(OPERATORS))];
    const operators = Object.keys(OPERATORS).filter((name) => name !== 'op-foreign');
    const child = spawn(process.execPath, [...NODE_FLAGS, program, 'serve'], {
      env: {
        ...programEnvironment({}),
        VV_TG_LISTEN: '127.0.0.1:0',
        VV_TG_ADMIN_LISTEN: '127.0.0.1:0',
        VV_SERVICE_IDENTITY_CERT_PATH: server.certPath,
        VV_SERVICE_IDENTITY_KEY_PATH: server.keyPath,
        VV_SERVICE_IDENTITY_CA_PATH: pki.caCertPath,
        VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON: JSON.stringify({
          [IDENTITY]: { pins: [agent.sha256], operators, tenants },
          'other-agent': { pins: [other.sha256] },
        }),
        VV_TG_SPECTRASTRIKE_ED25519_PUBKEY: JSON.stringify({ [KEY_NAME]: key.publicBase64 }),
        VV_TG_OPERATOR_TENANT_MAP: JSON.stringify(OPERATORS),
        VV_TG_FEEDBACK_ED25519_KEYS_JSON: JSON.stringify({ 'feedback-fuzz': feedbackPath }),
        VV_TG_FEEDBACK_ACTIVE_KID: 'feedback-fuzz',
        VV_TG_RATE_LIMIT_PER_MINUTE: '0',
        VV_TG_ALLOWED_SCHEMA_VERSIONS: ALLOWED_VERSIONS.join(','),
        VV_TG_DATA_DIR: join(directory.path, 'gateway-data'),
        VV_TG_LOG_LEVEL: 'warn',
        // A machine that is busy with the fuzzer itself is no overload of the gateway: it must not shed.
        VV_TG_LOOP_DELAY_HIGH_MS: '0',
        DATABASE_URL: url,
        ...options.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const gateway = await watchGateway(child);
    const database = new pg.Pool({ connectionString: url, max: 2 });
    database.on('error', () => undefined);
    const [host = '', port = ''] = gateway.listen.split(':');
    return {
      facts: {
        certificateSha256: agent.sha256,
        otherSha256: other.sha256,
        key,
        salt: randomBytes(6).toString('hex'),
      },
      endpoints: {
        host,
        port: Number(port),
        secureContext: createSecureContext({ ca: pki.caCertPem, cert: agent.certPem, key: agent.keyPem }),
      },
      database,
      process: gateway,
      stop: async () => {
        const code = await gateway.stop();
        await database.end();
        await stopPostgres();
        directory.remove();
        return code;
      },
    };
  } catch (error) {
    await stopPostgres();
    directory.remove();
    throw error;
  }
}

/** One question at a time: an answer is not told from another. */
function askHeld(child: ChildProcess): Promise<HeldMemory | null> {
  return new Promise((resolve) => {
    if (!child.connected) return resolve(null);
    const gone = (): void => resolve(null);
    child.once('close', gone);
    child.once('message', (held) => {
      child.off('close', gone);
      resolve(held as unknown as HeldMemory);
    });
    child.send('held');
  });
}

const WRONG = /"level":"error"|request\.failed|nhandled|uncaught|FATAL|heap out of memory|at .*\.js:\d+:\d+/;

async function watchGateway(
  child: ChildProcess,
): Promise<GatewayProcess & { readonly listen: string; stop(): Promise<number> }> {
  const faults: string[] = [];
  let rest = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (WRONG.test(line) && faults.length < 50) faults.push(line);
  });
  let exitCode: number | null = null;
  const ended = new Promise<number>((resolve) => {
    child.once('close', (code) => {
      exitCode = code ?? -1;
      resolve(exitCode);
    });
  });
  const ready = new Promise<{ listen: string }>((resolve, reject) => {
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const line = stdout.split('\n').find((one) => one.includes('"gateway.ready"') && one.endsWith('}'));
      if (line !== undefined) resolve(JSON.parse(line) as { listen: string });
    });
    void ended.then((code) =>
      reject(new Error(`the gateway ended with ${code}: ${rest}${faults.join('\n')}`)),
    );
  });
  const { listen } = await ready;
  return {
    listen,
    held: () => askHeld(child),
    pid: child.pid ?? 0,
    faults: () => faults,
    exitCode: () => exitCode,
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
      const code = await ended;
      clearTimeout(timer);
      return code;
    },
  };
}
