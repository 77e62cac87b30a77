/**
 * SIGKILL, the real signal on the real processes, under load. What was acknowledged must be there afterwards,
 * exactly once; what was spooled must arrive, exactly once. The judge is the gateway's own list of events after
 * the restart, read through its command line.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { programEnvironment } from '@nyxera/federation-testing';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing/postgres';
import { Peer } from '../demo/peer.ts';
import { PROGRAMS, startGateway } from '../demo/processes.ts';
import { honestEnvelope, TELEMETRY } from '../demo/refusals.ts';
import { askAgent, askGateway, buildWorld, IDENTITY, TENANT, type World } from '../demo/world.ts';

const root = mkdtempSync(join(tmpdir(), 'nyxera-kill-'));
let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
  rmSync(root, { recursive: true, force: true });
});

async function storedEventIds(world: World): Promise<readonly string[]> {
  const args = ['events', 'list', '--tenant', TENANT, '--limit', '1000'];
  const { events } = await askGateway<{ events: readonly { event_id: string }[] }>(world, args);
  return events.map((event) => event.event_id);
}

/** The same world with a gateway started anew on the same data, at the very address the agent knows. */
async function restartGateway(world: World): Promise<World> {
  const environment = { ...world.gatewayEnvironment, VV_TG_LISTEN: world.gateway.listen };
  return { ...world, gateway: await startGateway(environment) };
}

describe.each(['embedded', 'postgres'] as const)('kill -9 on the %s database', (database) => {
  let world: World;

  beforeAll(async () => {
    const databaseUrl = database === 'postgres' ? await postgres.createDatabase() : null;
    world = await buildWorld(join(root, database), databaseUrl);
  });

  afterAll(async () => {
    await world?.gateway.stop();
  });

  test('of the gateway under load: no acknowledged event is lost, none is stored twice', async () => {
    const peer = await Peer.open({
      gateway: world.gateway.listen,
      caPem: world.caPem,
      identity: IDENTITY,
      certificate: world.agentCertificate,
      signingKeyPath: world.telemetryKeyPath,
    });
    const acknowledged: string[] = [];
    const offered = Array.from({ length: 200 }, (_, index) => `kill-${index}`);
    const sendOne = async (eventId: string): Promise<void> => {
      const answer = await peer.send(await peer.sign(TELEMETRY, honestEnvelope(eventId)));
      if (answer.status === 202) acknowledged.push(eventId);
    };
    const workers = Array.from({ length: 8 }, async (_, lane) => {
      for (const eventId of offered.filter((_id, index) => index % 8 === lane)) {
        if (acknowledged.length === 60) void world.gateway.kill();
        await sendOne(eventId).catch(() => undefined); // the connection that the kill cuts
      }
    });
    await Promise.all(workers);
    await world.gateway.kill();
    world = await restartGateway(world);
    const stored = await storedEventIds(world);
    const audit = await askGateway<{ ok: boolean }>(world, ['audit', 'verify']);
    await peer.close();

    expect(acknowledged.length).toBeGreaterThanOrEqual(60);
    expect(acknowledged.length).toBeLessThan(offered.length);
    expect(acknowledged.filter((eventId) => !stored.includes(eventId))).toEqual([]);
    expect(new Set(stored).size).toBe(stored.length);
    expect(audit.ok).toBe(true);
  });

  test('of the agent while it delivers: every spooled event arrives, exactly once', async () => {
    const file = join(root, `events-${database}.jsonl`);
    const ids = Array.from({ length: 150 }, (_, index) => `spooled-${index}`);
    writeFileSync(file, ids.map((id) => `${JSON.stringify(canonicalEvent(id))}\n`).join(''));
    const spooled = await askAgent<{ spooled: number }>(world, ['send', '--no-wait', file], 2);

    const book = openBook(world);
    let kills = 0;
    for (let round = 0; round < 3; round += 1) {
      const delivered = deliveredEvents(book);
      if (delivered === ids.length) break;
      const child = startDelivery(world, file);
      await untilMoreThan(book, delivered, child);
      child.kill('SIGKILL');
      await ended(child);
      kills += 1;
    }
    book.close();
    const last = await askAgent<{ pending: number; quarantined: number }>(world, ['send', file]);
    const stored = (await storedEventIds(world)).filter((id) => id.startsWith('spooled-'));

    expect(spooled.spooled).toBe(ids.length);
    expect(kills).toBeGreaterThan(0);
    expect(last).toMatchObject({ pending: 0, quarantined: 0 });
    expect([...stored].sort()).toEqual([...ids].sort());
  });
});

function canonicalEvent(eventId: string): object {
  return {
    event_id: eventId,
    event_type: 'KILL_TEST',
    source_system: 'test',
    severity: 'info',
    observed_at: '2026-02-26T12:00:00Z',
    mitre_techniques: ['T1046'],
    attributes: { asset_ref: 'host-1' },
  };
}

function startDelivery(world: World, file: string): ChildProcess {
  return spawn(process.execPath, [PROGRAMS.agent, 'send', file], {
    env: programEnvironment(world.agentEnvironment),
    stdio: 'ignore',
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/** What the agent's own book says: looking costs no program, and the kill comes as soon as there is something to see. */
function deliveredEvents(db: DatabaseSync): number {
  return Number(db.prepare(`SELECT count(*) AS n FROM events WHERE state = 'delivered'`).get()?.n);
}

function openBook(world: World): DatabaseSync {
  const file = join(String(world.agentEnvironment.SPECTRASTRIKE_DATA_DIR), 'agent.db');
  return new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
}

/** Waits until something new has arrived, so that the kill comes in the middle of the work. */
async function untilMoreThan(book: DatabaseSync, delivered: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && deliveredEvents(book) <= delivered) await sleep(20);
}
