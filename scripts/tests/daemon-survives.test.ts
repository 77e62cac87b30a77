/**
 * The daemon as it must live for months, in a minute: real host events are offered to its local API while its gateway is
 * away, while half of the gateway's answers are 503, while its spool is full, and while it is killed every few
 * seconds. The judges are the client's own list of acknowledgements, the gateway's tables, and the chain of intents.
 * In `npm test` 5,000 events in twenty seconds; `pnpm test:long` offers 20,000 for a minute.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWithShared, isLongRun } from '@nyxera/federation-testing';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing/postgres';
import { PROGRAMS, startGateway } from '../demo/processes.ts';
import { askAgent, askGateway, buildWorld, portOf, type World } from '../demo/world.ts';
import { type FailingFront, startFailingFront } from './failing-front.ts';
import { openBooks } from './gateway-books.ts';
import { type OfferedEvent, realHostEvents } from './real-host-events.ts';

/** What each second of it is like stays the same: how many are offered, how long the daemon lives. */
const LONG = isLongRun();
const EVENTS = LONG ? 20_000 : 5_000;
/** Events of one request of the client. */
const CHUNK = 50;
/** How long the events are offered; seconds. */
const OFFERED_SECONDS = LONG ? 60 : 20;
/** The daemon lives for so long before it is killed, at most; seconds. */
const LONGEST_LIFE = LONG ? 5 : 3;
const LEAST_KILLS = 5;
/** Undelivered bytes that the spool takes: less than what is offered while the gateway is away. */
const SPOOL_BYTES = LONG ? 4_000_000 : 1_000_000;
const PATIENCE_MS = 180_000;

const root = mkdtempSync(join(tmpdir(), 'nyxera-daemon-'));
let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
  rmSync(root, { recursive: true, force: true });
});

describeWithShared('a daemon in a hostile minute', (shared) => {
  test('every acknowledged event is stored exactly once, and no intent is missing', async () => {
    const world = await buildWorld(join(root, 'world'), await postgres.createDatabase(), {
      VV_TG_RATE_LIMIT_PER_MINUTE: '0',
    });
    let { gateway } = world;
    const front = await startFailingFront({
      server: world.serverCertificate,
      client: world.agentCertificate,
      caPem: world.caPem,
      to: () => Number(portOf(gateway.listen)),
    });
    const daemon = new KilledDaemon({
      ...world.agentEnvironment,
      VECTORVUE_FEDERATION_URL: `https://localhost:${front.port}`,
      SPECTRASTRIKE_MAX_BACKOFF_SECONDS: '2',
      SPECTRASTRIKE_SPOOL_MAX_BYTES: String(SPOOL_BYTES),
      SPECTRASTRIKE_FEEDBACK_INTERVAL_SECONDS: '5',
    });
    const offered = realHostEvents(shared, EVENTS);
    const client = new PatientClient(
      join(world.agentEnvironment.SPECTRASTRIKE_DATA_DIR ?? '', 'intake.sock'),
    );
    try {
      daemon.live();
      const offering = client.offerAll(offered);
      offering.catch(() => undefined);
      await sleep(0.15 * OFFERED_SECONDS * 1000);
      await gateway.kill();
      await atLeast(0.25 * OFFERED_SECONDS, () => client.full > 0);
      front.setFailing(true);
      gateway = await startGateway(world.gatewayEnvironment);
      const { counts } = front;
      await atLeast(0.35 * OFFERED_SECONDS, () => Math.min(counts.refused, counts.swallowed) > 0);
      front.setFailing(false);
      await atLeast(0.25 * OFFERED_SECONDS, () => daemon.kills >= LEAST_KILLS);
      // A busy machine has not taken everything by then; the rest comes to a daemon that lives.
      await daemon.surviveFromNow();
      await offering;
      await untilDelivered(world);
      const exitCode = await daemon.stop();
      await judge({ ...world, gateway }, offered, client, front, daemon.kills, exitCode);
    } finally {
      await daemon.end();
      await front.close();
      await gateway.stop();
    }
  }, 400_000);
});

/** So many seconds, and until it is so: a slow machine takes longer to come where the test wants it. */
async function atLeast(seconds: number, isSo: () => boolean): Promise<void> {
  await sleep(seconds * 1000);
  for (let patience = PATIENCE_MS; !isSo() && patience > 0; patience -= 100) await sleep(100);
}

async function judge(
  world: World,
  offered: readonly OfferedEvent[],
  client: PatientClient,
  front: FailingFront,
  kills: number,
  exitCode: number | null,
): Promise<void> {
  const books = await openBooks(world.gatewayEnvironment.DATABASE_URL ?? '', world.gateway.adminListen);
  const stored = await books.rows('SELECT event_id, intent_id FROM events ORDER BY intent_id');
  await books.close();
  const told = { kills, full: client.full, broken: client.broken, known: client.known, ...front.counts };
  process.stdout.write(`  a hostile minute: ${JSON.stringify(told)}\n`);

  // It was a hostile minute.
  expect(kills).toBeGreaterThanOrEqual(LEAST_KILLS);
  expect(Math.min(client.full, client.broken, front.counts.refused, front.counts.swallowed)).toBeGreaterThan(
    0,
  );
  expect(exitCode).toBe(0);
  // Acknowledged is stored, once; nothing else is there.
  const acknowledged = [...client.acknowledged].sort();
  expect(acknowledged).toEqual(offered.map((one) => one.eventId));
  expect(stored.map((row) => row.event_id).sort()).toEqual(acknowledged);
  // The gateway alone can tell that nothing between the first and the last was left out.
  expect(stored.map((row) => row.intent_id)).toEqual(
    stored.map((_row, index) => `intent-${String(index + 1).padStart(8, '0')}`),
  );
  const status = await askAgent<{ quarantined?: number }>(world, ['quarantine', 'list']);
  expect(JSON.stringify(status)).not.toContain('event_id');
  expect((await askGateway<{ ok: boolean }>(world, ['audit', 'verify'])).ok).toBe(true);
}

/** The agent's own book says when everything has left. */
async function untilDelivered(world: World): Promise<void> {
  const path = join(world.agentEnvironment.SPECTRASTRIKE_DATA_DIR ?? '', 'agent.db');
  const db = new DatabaseSync(path, { readOnly: true });
  const pending = db.prepare("SELECT count(*) AS n FROM events WHERE state = 'pending'");
  try {
    const until = Date.now() + PATIENCE_MS;
    while (Number(pending.get()?.n) > 0) {
      if (Date.now() > until) throw new Error(`${Number(pending.get()?.n)} events were not delivered`);
      await sleep(200);
    }
  } finally {
    db.close();
  }
}

/** `spectrastrike-agent run`, killed with SIGKILL after a while and started again, over and over. */
class KilledDaemon {
  readonly #environment: NodeJS.ProcessEnv;
  #child: ChildProcess | null = null;
  #living: Promise<void> = Promise.resolve();
  #ending = false;
  #log = '';
  kills = 0;

  constructor(variables: Readonly<Record<string, string>>) {
    this.#environment = { PATH: process.env.PATH, HOME: process.env.HOME, TZ: 'UTC', ...variables };
  }

  live(): void {
    this.#living = (async () => {
      while (!this.#ending) {
        const ready = await this.#start();
        // Not always at the same point of its work.
        if (ready) await sleep(((2 + (this.kills % 4)) / 5) * LONGEST_LIFE * 1000);
        if (this.#ending) return;
        await this.#kill();
        this.kills += 1;
      }
    })();
  }

  /** The killing ends; a daemon runs. */
  async surviveFromNow(): Promise<void> {
    this.#ending = true;
    await this.#living;
    if (this.#child === null || this.#child.exitCode !== null) await this.#start();
  }

  async stop(): Promise<number | null> {
    const child = this.#child;
    if (child === null || child.exitCode !== null) throw new Error(`the daemon is not running\n${this.#log}`);
    const ended = gone(child);
    child.kill('SIGTERM');
    await ended;
    return child.exitCode;
  }

  /** Nothing is left of it, whatever happened. */
  async end(): Promise<void> {
    this.#ending = true;
    await this.#kill();
    await this.#living.catch(() => undefined);
    await this.#kill();
  }

  async #kill(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = gone(child);
    child.kill('SIGKILL');
    await ended;
  }

  /** Resolves when it says that it is ready; a daemon that ends by itself fails the test with its own words. */
  async #start(): Promise<boolean> {
    const child = spawn(process.execPath, [PROGRAMS.agent, 'run'], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#log = '';
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      this.#log = (this.#log + piece).slice(-4000);
    });
    const ready = new Promise<boolean>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (piece: string) => {
        if (piece.includes('"agent.ready"')) resolve(true);
      });
    });
    const ended = gone(child).then((): never => {
      throw new Error(`the daemon ended with ${child.exitCode ?? child.signalCode}\n${this.#log}`);
    });
    ended.catch(() => undefined);
    return Promise.race([ready, ended]);
  }
}

function gone(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/** Offers at an even pace, and again whatever was not acknowledged, as a client of the local API should. */
class PatientClient {
  readonly #socketPath: string;
  readonly acknowledged = new Set<string>();
  /** Answers 507, connections that broke, and events that were there already when they were offered again. */
  full = 0;
  broken = 0;
  known = 0;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  async offerAll(events: readonly OfferedEvent[]): Promise<void> {
    const begun = performance.now();
    for (let at = 0; at < events.length; at += CHUNK) {
      const due = (at / events.length) * OFFERED_SECONDS * 1000;
      await sleep(Math.max(0, due - (performance.now() - begun)));
      const chunk = events.slice(at, at + CHUNK);
      while (!(await this.#offer(chunk))) await sleep(100);
    }
  }

  async #offer(chunk: readonly OfferedEvent[]): Promise<boolean> {
    let answered: { readonly status: number; readonly body: string };
    try {
      answered = await this.#post(chunk.map((one) => one.line).join('\n'));
    } catch {
      this.broken += 1;
      return false;
    }
    if (answered.status === 507) {
      this.full += 1;
      return false;
    }
    if (answered.status === 503) return false;
    if (answered.status !== 202) throw new Error(`${answered.status}: ${answered.body}`);
    const told = JSON.parse(answered.body) as {
      readonly known: number;
      readonly events: readonly { readonly event_id: string; readonly status: string }[];
    };
    this.known += told.known;
    for (const one of told.events) if (one.status !== 'refused') this.acknowledged.add(one.event_id);
    return true;
  }

  #post(body: string): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/x-ndjson', 'content-length': Buffer.byteLength(body) };
      const options = { socketPath: this.#socketPath, method: 'POST', path: '/v1/events', headers };
      const outgoing = request({ ...options, agent: false, timeout: 30_000 }, (response) => {
        text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), reject);
      });
      outgoing.once('timeout', () => outgoing.destroy(new Error('no answer')));
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }
}
