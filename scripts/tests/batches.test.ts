/**
 * Batches between the two programs as an operator runs them (PROTOCOL.md section 6): what the agent had waiting
 * arrives under few signatures, each event with an answer of its own, and verifies from the evidence of its batch.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing/postgres';
import { runProgram } from '../demo/processes.ts';
import { askAgent, askGateway, buildWorld, TENANT, type World } from '../demo/world.ts';

/** The embedded database takes its time to start on a busy machine. Not a claim about speed. */
jest.setTimeout(300_000);

const root = mkdtempSync(join(tmpdir(), 'nyxera-batches-'));
const COUNT = 700;
let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
  rmSync(root, { recursive: true, force: true });
});

interface Shown {
  readonly ok: boolean;
  readonly event: { readonly request_id: string };
  readonly evidence: { readonly endpoint: string; readonly index: number; readonly body: string };
}

interface Summary {
  readonly delivered: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly pending: number;
}

describe.each(['embedded', 'postgres'] as const)('on the %s database', (database) => {
  let world: World;

  beforeAll(async () => {
    const url = database === 'postgres' ? await postgres.createDatabase() : null;
    world = await buildWorld(join(root, database), url, { VV_TG_RATE_LIMIT_PER_MINUTE: '0' });
  });

  afterAll(async () => {
    await world?.gateway.stop();
  });

  const report = (name: string, severity: (index: number) => string): string => {
    const file = join(root, `${database}-${name}.jsonl`);
    const events = Array.from({ length: COUNT }, (_, index) => canonicalEvent(index, severity(index)));
    writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    return file;
  };

  test('everything arrives, in few requests, and verifies from the evidence of its batch', async () => {
    const sent = await askAgent<Summary>(world, ['send', report('first', () => 'info')]);
    expect(sent).toMatchObject({ delivered: COUNT, quarantined: 0, pending: 0 });
    const { events } = await askGateway<{ events: readonly { event_id: string }[] }>(world, [
      ...['events', 'list', '--tenant', TENANT, '--limit', '1000'],
    ]);
    expect(new Set(events.map((event) => event.event_id)).size).toBe(COUNT);
    for (const index of [0, 1, 350, COUNT - 1]) {
      const shown = await askGateway<Shown>(world, [
        'events',
        'show',
        `batched-${index}`,
        '--tenant',
        TENANT,
      ]);
      expect(shown).toMatchObject({ ok: true, evidence: { endpoint: 'telemetry-batch' } });
      const body = JSON.parse(Buffer.from(shown.evidence.body, 'base64').toString()) as {
        items: { payload: { event_id: string } }[];
      };
      expect(body.items[shown.evidence.index]?.payload.event_id).toBe(`batched-${index}`);
      expect(body.items.length).toBeGreaterThan(10);
    }
    expect(await askGateway<object>(world, ['audit', 'verify'])).toMatchObject({ ok: true });
  });

  test('an agent that lost its state: duplicates, and one event that somebody changed is quarantined alone', async () => {
    const file = report('second', (index) => (index === 99 ? 'low' : 'info'));
    const other = {
      ...world.agentEnvironment,
      SPECTRASTRIKE_DATA_DIR: join(root, `${database}-other-agent`),
    };
    const finished = await runProgram('agent', ['send', file, '--json'], other);
    expect(finished.json).toMatchObject({ quarantined: 1, pending: 0 });
    const quarantine = await runProgram('agent', ['quarantine', 'list', '--json'], other);
    expect(quarantine.stdout).toContain('event_conflict');
    expect(quarantine.stdout).toContain('batched-99');
    expect(await askGateway<object>(world, ['audit', 'verify'])).toMatchObject({ ok: true });
  });
});

function canonicalEvent(index: number, severity: string): object {
  return {
    event_id: `batched-${index}`,
    event_type: 'BATCH_TEST',
    source_system: 'test',
    severity,
    observed_at: '2026-02-26T12:00:00Z',
    mitre_techniques: ['T1046'],
    attributes: { asset_ref: `host-${index}` },
  };
}
