/**
 * The units of infra/systemd, without systemd as process 1: `systemd-analyze` judges them, and what they start is
 * started, in their order, with their command lines, their environment and nothing else, under `strace`, which tells
 * whether the filter of system calls would let it live. What is not seen here: the kernel's part of the hardening.
 */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type PostgresServer, startPostgres, temporaryDirectory } from '@nyxera/federation-testing';
import { PROGRAMS } from '../../demo/processes.ts';
import {
  allowedSystemCalls,
  execReload,
  execStart,
  execStartPre,
  handCredentials,
  type Installed,
  readUnit,
} from './unit-file.ts';

// Every system call of the programs goes through strace; on a machine with other work that takes its time.
jest.setTimeout(180_000);

/** Milliseconds for a line of the programs. */
const PATIENCE_MS = 60_000;

const NAMES = ['vectorvue-gateway', 'spectrastrike-agent'] as const;
const has = (command: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;
const tools = ['systemd-analyze', 'strace'].filter((command) => !has(command));
if (tools.length > 0) console.warn(`${tools.join(', ')}: not here, so the units are not judged`);
const judged = tools.length === 0 ? test : test.skip;

const directory = temporaryDirectory('systemd');
let postgres: PostgresServer;
const dev = join(directory.path, 'pki');
beforeAll(async () => {
  const program = new URL('../../dev-pki/main.ts', import.meta.url).pathname;
  expect(spawnSync(process.execPath, [program, '--out', dev]).status).toBe(0);
  postgres = await startPostgres({ fast: true });
});
afterAll(async () => {
  await postgres.stop();
  directory.remove();
});

/** A copy whose program is here, because systemd looks whether it can be run. */
function copyOf(name: string): string {
  const path = join(directory.path, `${name}.service`);
  writeFileSync(
    path,
    readFileSync(readUnit(`${name}.service`).path, 'utf8').replace('/usr/bin/node', process.execPath),
  );
  return path;
}

describe.each(NAMES)('%s.service', (name) => {
  judged('is understood by systemd, whole', () => {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', copyOf(name)], { encoding: 'utf8' });
    // Units of the machine that it looks at beside ours are not ours to judge.
    const said = stderr.split('\n').filter((line) => line.includes(name));
    expect({ status, said }).toEqual({ status: 0, said: [] });
  });

  judged('is exposed less than 2.0', () => {
    const command = ['security', '--no-pager', '--offline=true', '--threshold=19', copyOf(name)];
    const { status, stdout } = spawnSync('systemd-analyze', command, { encoding: 'utf8' });
    expect(stdout).toMatch(/Overall exposure level for \S+: [01]\.\d /);
    expect(status).toBe(0);
  });
});

/** What the documents have an operator put in place: a PKI, keys, and one file of settings a service. */
async function install(name: (typeof NAMES)[number], settings: string): Promise<Installed> {
  const root = join(directory.path, name);
  const unit = readUnit(`${name}.service`);
  mkdirSync(join(root, 'etc', name, 'tls'), { recursive: true });
  writeFileSync(
    join(root, 'etc', name, name === 'vectorvue-gateway' ? 'gateway.env' : 'agent.env'),
    settings,
  );
  const application = join(PROGRAMS[name === 'vectorvue-gateway' ? 'gateway' : 'agent'], '../..');
  return { root, unit, name, application };
}

function put(installed: Installed, file: string, from: string): void {
  const path = join(installed.root, 'etc', installed.name, file);
  writeFileSync(path, readFileSync(from), { mode: 0o600 });
  chmodSync(path, 0o600);
}

/** Everything on standard output and error, and waiting for a part of it. */
function listen(child: ChildProcess): (pattern: RegExp) => Promise<RegExpExecArray> {
  let said = '';
  let ended = false;
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      for (const look of waiting) look();
    });
  }
  child.once('close', () => {
    ended = true;
    for (const look of waiting) look();
  });
  return (pattern) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(said);
        if (found === null && !ended) return;
        waiting.delete(look);
        if (found === null) reject(new Error(`ended without ${pattern}\n${said}`));
        else resolve(found);
      };
      waiting.add(look);
      look();
      // Said otherwise than this test knows it, it would wait until the runner gives up, and leave the program behind.
      setTimeout(() => reject(new Error(`not heard: ${pattern}\n${said}`)), PATIENCE_MS).unref();
    });
}

/** What the trace shows that the unit forbids. */
function forbidden(installed: Installed, trace: string): readonly string[] {
  const allowed = allowedSystemCalls(installed.unit);
  const families = new Set(installed.unit.one('RestrictAddressFamilies').split(' '));
  const found = new Set<string>();
  for (const [, call = '', first = ''] of readFileSync(trace, 'utf8').matchAll(
    /^\d+ +([a-z0-9_]+)\(([A-Z0-9_]*)/gm,
  )) {
    // SQLite gives its files to the owner of the database, but only where root runs it, as here perhaps and there never.
    if (!allowed.has(call) && !(call === 'fchown' && process.getuid?.() === 0)) found.add(call);
    if (call === 'socket' && !families.has(first)) found.add(first);
  }
  return [...found];
}

async function serveAndEnd(installed: Installed, ready: RegExp, reloaded: RegExp): Promise<number | null> {
  const trace = join(installed.root, 'trace');
  handCredentials(installed);
  execStartPre(installed);
  const child = execStart(installed, trace);
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  try {
    const heard = listen(child);
    const pid = Number((await heard(ready))[1]);
    execReload(installed, pid);
    await heard(reloaded);
    process.kill(pid, 'SIGTERM');
    const status = await ended;
    expect(forbidden(installed, trace)).toEqual([]);
    return status;
  } finally {
    child.kill('SIGKILL');
  }
}

judged('the gateway serves with two workers, reloads and ends, as its unit has it', async () => {
  const settings = ['VV_TG_LISTEN=127.0.0.1:0', 'VV_TG_ADMIN_LISTEN=127.0.0.1:0', 'VV_TG_WORKERS=2'];
  const gateway = await install(
    'vectorvue-gateway',
    `# A comment\n${settings.join('\n')}\nVV_TG_FEEDBACK_ED25519_KEYS_JSON={"default":"/run/vectorvue-gateway/feedback.key"}\n`,
  );
  put(gateway, 'tls/server.crt', join(dev, 'server.crt'));
  put(gateway, 'tls/server.key', join(dev, 'server.key'));
  put(gateway, 'tls/ca.pem', join(dev, 'ca.pem'));
  put(gateway, 'feedback.key', join(dev, 'feedback.key'));
  put(gateway, 'audit.key', join(dev, 'audit.key'));
  const secrets = join(gateway.root, 'etc/vectorvue-gateway/secrets.env');
  writeFileSync(secrets, `DATABASE_URL=${await postgres.createDatabase()}\n`, { mode: 0o600 });
  const status = await serveAndEnd(
    gateway,
    /"event":"gateway\.ready".*"workers":2,.*"pid":(\d+)/,
    /"message":"reload\.loaded"/,
  );
  expect(status).toBe(0);
});

judged('the agent runs, reloads and ends, as its unit has it', async () => {
  // What is no secret and no place of a file.
  const settings = readFileSync(join(dev, 'agent.env'), 'utf8')
    .split('\n')
    .filter((line) => /^export (?!\S*(?:_FILE|_PATH|_DIR)=)/.test(line))
    .map((line) => line.replace(/^export /, '').replace(/='(.*)'$/, '=$1'));
  const agent = await install('spectrastrike-agent', `${settings.join('\n')}\n`);
  for (const file of ['client.crt', 'client.key', 'ca.pem']) put(agent, `tls/${file}`, join(dev, file));
  for (const file of ['telemetry.key', 'evidence.key']) put(agent, file, join(dev, file));
  const status = await serveAndEnd(
    agent,
    /"event":"agent\.ready".*?"pid":(\d+)/,
    /"message":"config\.taken"/,
  );
  expect(status).toBe(0);
});
