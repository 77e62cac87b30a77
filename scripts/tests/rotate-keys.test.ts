/**
 * Keys are rotated in both directions between the two programs as an operator runs them, while both are at work, and no
 * request is refused (PROTOCOL.md section 19). Then the agent is killed between the steps of its rotation: whatever was
 * done stays done, it delivers as before, and the same command comes to the end.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { programEnvironment } from '@nyxera/federation-testing';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing/postgres';
import { PROGRAMS } from '../demo/processes.ts';
import { askAgent, askGateway, buildWorld, IDENTITY, runAgent, TENANT, type World } from '../demo/world.ts';

/** Programs start many times on a busy machine. Not a claim about speed. */
jest.setTimeout(300_000);

const root = mkdtempSync(join(tmpdir(), 'nyxera-rotate-'));
let postgres: PostgresServer;
let world: World;

beforeAll(async () => {
  postgres = await startPostgres();
  world = await buildWorld(root, await postgres.createDatabase(), { VV_TG_RATE_LIMIT_PER_MINUTE: '0' });
  // As often as can be asked for: exchanges by themselves are part of the load.
  const agentEnvironment = { ...world.agentEnvironment, SPECTRASTRIKE_KEY_EXCHANGE_MINUTES: '1' };
  world = { ...world, agentEnvironment };
});
afterAll(async () => {
  await world?.gateway.stop();
  await postgres.stop();
  rmSync(root, { recursive: true, force: true });
});

/** What signed before the moment at which the agent is killed. */
let activeBefore = '';
let reports = 0;
async function sendSome(): Promise<void> {
  reports += 1;
  const file = join(root, `report-${reports}.jsonl`);
  const ids = Array.from({ length: 5 }, (_, index) => `rotate-${reports}-${index}`);
  writeFileSync(file, ids.map((id) => `${JSON.stringify(event(id))}\n`).join(''));
  const sent = await askAgent<object>(world, ['send', file]);
  expect(sent).toMatchObject({ quarantined: 0, pending: 0 });
}

async function pull(): Promise<string> {
  const pulled = await askAgent<{ accepted: boolean; kid: string }>(world, [
    'feedback',
    'pull',
    '--no-anchor',
  ]);
  expect(pulled.accepted).toBe(true);
  return pulled.kid;
}

interface Keys {
  readonly own: readonly {
    readonly kid: string;
    readonly state: string;
    readonly not_after: number | null;
  }[];
  readonly gateway_keys: readonly {
    readonly kid: string;
    readonly state: string;
    readonly tenant_id: string;
  }[];
}
const keys = (): Promise<Keys> => askAgent<Keys>(world, ['key', 'list']);
const inState = ({ own }: Keys, state: string): readonly string[] =>
  own.filter((one) => one.state === state).map(({ kid }) => kid);

/** Everything that the gateway did not do as it was asked to; `doctor` asks for a path that is not there, to see who answers. */
async function refusals(): Promise<readonly string[]> {
  const { entries } = await askGateway<{ entries: readonly { action: string; code: string }[] }>(world, [
    ...['audit', 'list', '--all-tenants', '--limit', '1000'],
  ]);
  const done = new Set(['accepted', 'duplicate', 'issued', 'changed']);
  return entries
    .filter(({ action, code }) => action !== 'unknown_path' && !done.has(code))
    .map(({ action, code }) => `${action} ${code}`);
}

test('telemetry key and feedback key are rotated under load, and no request is refused', async () => {
  await sendSome();
  const before = await pull();
  const [first] = inState(await keys(), 'active');

  let atWork = true;
  const load = [sendSome, pull].map(async (work) => {
    while (atWork) {
      await work();
      // Each is a program that starts: what changes the keys needs a processor too.
      await sleep(1000);
    }
  });
  const rotated = await askAgent<{ kid: string; state: string }>(world, ['key', 'rotate', '--overlap', '1h']);
  expect(rotated.state).toBe('active');

  // 2 while the agents have not confirmed, 0 when it signs.
  const rotation = async (exitCode: number, ...more: string[]) => {
    const args = ['key', 'rotate', ...more];
    return (await askGateway<{ rotation: { kid: string; state: string } }>(world, args, exitCode)).rotation;
  };
  const published = await rotation(2);
  expect(published.state).toBe('published');
  expect(await askAgent<object>(world, ['key', 'exchange'])).toMatchObject({
    exchanges: [{ tenant_id: TENANT, outcome: 'exchanged' }],
  });
  const active = await rotation(0, '--overlap', '1h');
  expect(active).toMatchObject({ state: 'active', kid: published.kid, confirmed: true });
  while ((await pull()) !== active.kid) await sleep(50);
  atWork = false;
  await Promise.all(load);

  expect(before).not.toBe(active.kid);
  expect(await refusals()).toEqual([]);
  const held = await keys();
  expect(inState(held, 'active')).toEqual([rotated.kid]);
  expect(inState(held, 'retiring')).toEqual([first]);
  const { keys: ring } = await askGateway<{
    keys: { kid: string; state: string; not_after: string | null }[];
  }>(world, ['key', 'list', '--identity', IDENTITY, '--purpose', 'telemetry']);
  expect(ring).toContainEqual(expect.objectContaining({ kid: rotated.kid, state: 'active' }));
  expect(ring).toContainEqual(
    expect.objectContaining({ kid: first, state: 'retiring', not_after: expect.any(String) }),
  );
  const after = held.gateway_keys.filter((one) => one.state !== 'revoked');
  expect(new Set(after.map((one) => one.tenant_id))).toEqual(new Set([TENANT]));
  expect(after).toContainEqual(expect.objectContaining({ kid: active.kid, state: 'active' }));
  const directory = join(String(world.agentEnvironment.SPECTRASTRIKE_DATA_DIR), 'keys');
  for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
  expect((await runAgent(world, ['doctor'])).json).toMatchObject({ ok: true });
  activeBefore = rotated.kid;
});

/** Where it is killed, by what can be seen of it from outside. */
const MOMENTS: readonly (readonly [string, () => boolean])[] = [
  ['the key file is there', () => keyFiles() > 0],
  ['the next key is known', () => seen(`state = 'pending'`)],
  ['the next key signs', () => seen(`state = 'active'`)],
];
let filesBefore = 0;

test.each(MOMENTS)(
  'killed as soon as %s: it delivers, and the rotation comes to its end',
  async (_name, moment) => {
    filesBefore = 0;
    filesBefore = keyFiles();
    const child = spawn(process.execPath, [PROGRAMS.agent, 'key', 'rotate', '--json'], {
      env: programEnvironment(world.agentEnvironment),
      stdio: 'ignore',
    });
    while (child.exitCode === null && !moment()) await sleep(1);
    child.kill('SIGKILL');
    await ended(child);

    await sendSome();
    const rotated = await askAgent<{ kid: string; state: string }>(world, ['key', 'rotate']);
    expect(rotated.state).toBe('active');
    const held = await keys();
    expect(inState(held, 'active')).toEqual([rotated.kid]);
    expect(inState(held, 'pending')).toEqual([]);
    expect(rotated.kid).not.toBe(activeBefore);
    activeBefore = rotated.kid;
    // Signed by the next key, and taken.
    await pull();
  },
);

test('it delivers with the last of them, and none of all these requests was refused', async () => {
  await sendSome();
  expect(await refusals()).toEqual([]);
});

function keyFiles(): number {
  const directory = join(String(world.agentEnvironment.SPECTRASTRIKE_DATA_DIR), 'keys');
  return (existsSync(directory) ? readdirSync(directory).length : 0) - filesBefore;
}

function seen(condition: string): boolean {
  const file = join(String(world.agentEnvironment.SPECTRASTRIKE_DATA_DIR), 'agent.db');
  const db = new DatabaseSync(file, { readOnly: true, timeout: 1000 });
  try {
    return (
      db.prepare(`SELECT 1 FROM own_keys WHERE ${condition} AND kid <> ?`).get(activeBefore) !== undefined
    );
  } finally {
    db.close();
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('close', () => resolve()));
}

function event(eventId: string): object {
  return {
    event_id: eventId,
    event_type: 'ROTATE_TEST',
    source_system: 'test',
    severity: 'critical',
    observed_at: '2026-02-26T12:00:00Z',
    mitre_techniques: ['T1046'],
    attributes: { asset_ref: 'host-1', target_urn: `urn:target:${eventId}` },
  };
}
