import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type IssuedCertificate, type Pki } from '@nyxera/federation-testing';

/** Debian's packages rsyslog and rsyslog-gnutls, installed by scripts/install-system-packages.ts. */
export const HAS_RSYSLOG: boolean =
  spawnSync('sh', ['-c', 'rsyslogd -v && ls /usr/lib/*/rsyslog/lmnsd_gtls.so'], { stdio: 'ignore' })
    .status === 0;

export interface Rsyslog {
  readonly port: number;
  /** Where it writes to. */
  readonly output: string;
  /** What it has written, a line a message. */
  lines(): readonly string[];
  start(): Promise<void>;
  /** SIGTERM, or as a crash ends it. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

const CONF = join(import.meta.dirname, '..', '..', '..', '..', 'infra', 'siem', 'rsyslog.conf');

/** A real rsyslog with TLS on loopback, by infra/siem/rsyslog.conf with other paths; not started yet. */
export async function createRsyslog(
  directory: string,
  pki: Pki,
  server: IssuedCertificate,
): Promise<Rsyslog> {
  const port = await freePort();
  const output = join(directory, 'received.log');
  const configPath = join(directory, 'rsyslog.conf');
  let conf = readFileSync(CONF, 'utf8');
  for (const [found, wanted] of [
    ['/var/spool/rsyslog', directory],
    ['/etc/rsyslog.d/vectorvue/ca.pem', pki.caCertPath],
    ['/etc/rsyslog.d/vectorvue/server.crt', server.certPath],
    ['/etc/rsyslog.d/vectorvue/server.key', server.keyPath],
    ['/var/log/vectorvue/audit-%$now-utc%.log', output],
    ['address="0.0.0.0"', 'address="127.0.0.1"'],
    ['port="6514"', `port="${port}"`],
  ] as const) {
    if (!conf.includes(found)) throw new Error(`infra/siem/rsyslog.conf has no ${found}`);
    conf = conf.replace(found, () => wanted);
  }
  writeFileSync(configPath, conf);
  let child: ReturnType<typeof spawn> | null = null;
  let log = '';
  return {
    port,
    output,
    lines: () => (existsSync(output) ? readFileSync(output, 'utf8').split('\n').slice(0, -1) : []),
    async start() {
      child = spawn('rsyslogd', ['-n', '-f', configPath, '-i', join(directory, 'rsyslog.pid')], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (chunk) => {
          log += String(chunk);
        });
      }
      for (let tries = 0; !(await answers(port)); tries += 1) {
        if (child.exitCode !== null || tries > 200) throw new Error(`rsyslog does not listen:\n${log}`);
        await sleep(50);
      }
    },
    async stop(signal = 'SIGTERM') {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill(signal);
      await exit;
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1');
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
