/**
 * SIGKILL, the real signal on the real processes, under load. What was acknowledged must be there afterwards,
 * exactly once; what was spooled must arrive, exactly once. The judge is the gateway's own list of events after
 * the restart, read through its command line.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  const databaseUrl = async (): Promise<string | null> =>
    database === 'postgres' ? await postgres.createDatabase() : null;

  test('of the gateway under load: no acknowledged event is lost, none is stored twice', async () => {
    const world = await buildWorld(join(root, `gateway-${database}`), await databaseUrl());
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
    const again = await restartGateway(world);
    const stored = await storedEventIds(again);
    const audit = await askGateway<{ ok: boolean }>(again, ['audit', 'verify']);
    await again.gateway.stop();
    await peer.close();

    expect(acknowledged.length).toBeGreaterThanOrEqual(60);
    expect(acknowledged.length).toBeLessThan(offered.length);
    expect(acknowledged.filter((eventId) => !stored.includes(eventId))).toEqual([]);
    expect(new Set(stored).size).toBe(stored.length);
    expect(audit.ok).toBe(true);
  });

  test('of the agent while it delivers: every spooled event arrives, exactly once', async () => {
    const world = await buildWorld(join(root, `agent-${database}`), await databaseUrl());
    const file = join(root, `events-${database}.jsonl`);
    const ids = Array.from({ length: 150 }, (_, index) => `spooled-${index}`);
    writeFileSync(file, ids.map((id) => `${JSON.stringify(canonicalEvent(id))}\n`).join(''));
    const spooled = await askAgent<{ spooled: number }>(world, ['send', '--no-wait', file], 2);

    let kills = 0;
    for (let round = 0; round < 4; round += 1) {
      const delivered = (await storedEventIds(world)).length;
      if (delivered === ids.length) break;
      const child = startDelivery(world, file);
      await untilMoreThan(world, delivered, child);
      child.kill('SIGKILL');
      await ended(child);
      kills += 1;
    }
    const last = await askAgent<{ pending: number; quarantined: number }>(world, ['send', file]);
    const stored = await storedEventIds(world);
    await world.gateway.stop();

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

/** Waits until the gateway has taken something new, so that the kill comes in the middle of the work. */
async function untilMoreThan(world: World, delivered: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200 && child.exitCode === null; attempt += 1) {
    if ((await storedEventIds(world)).length > delivered) return;
  }
}
