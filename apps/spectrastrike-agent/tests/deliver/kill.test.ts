import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSpool } from '../../src/spool/spool.ts';
import { openState } from '../../src/state/open-state.ts';
import { createSuite, type Suite, tlsSettings } from '../support/delivery-harness.ts';
import type { DrainChildInput } from '../support/drain-child.ts';
import { laneOf, newEvents } from '../support/events.ts';
import { type ScriptedGateway, startScriptedGateway } from '../support/scripted-gateway.ts';

const CHILD = fileURLToPath(new URL('../support/drain-child.ts', import.meta.url));
const EVENTS = 400;
const KILLS = 5;
let suite: Suite;
let gateway: ScriptedGateway;

beforeAll(async () => {
  suite = await createSuite();
});
afterAll(async () => {
  await gateway.close();
  await suite.remove();
});

function drain(input: DrainChildInput, killAt: number | null): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, JSON.stringify(input)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const poll = setInterval(() => {
      if (killAt !== null && gateway.requests.length >= killAt) child.kill('SIGKILL');
    }, 1);
    child.on('error', reject);
    child.on('close', () => {
      clearInterval(poll);
      resolve(said);
    });
  });
}

test('kill -9 while delivering: every event arrives, what was sent twice is a duplicate and no other content', async () => {
  const stored = new Map<string, string>();
  let conflicts = 0;
  gateway = await startScriptedGateway(suite.pki, {
    script: (request) => {
      // The gateway's rule (PROTOCOL.md section 4): one event per id, the same content is a duplicate.
      const { payload } = JSON.parse(request.body.toString()) as { payload: unknown };
      const content = JSON.stringify(payload);
      const before = stored.get(request.eventId);
      if (before !== undefined && before !== content) conflicts += 1;
      stored.set(request.eventId, before ?? content);
      return { status: 202, body: { accepted: true, duplicate: before !== undefined } };
    },
  });
  const dataDir = join(suite.directory, 'data');
  const state = openState(dataDir);
  const spool = createSpool(state, { now: Date.now });
  spool.enqueue(laneOf(gateway.url), null, newEvents(EVENTS));
  const input: DrainChildInput = {
    dataDir,
    signingKey: join(suite.directory, 'telemetry.key'),
    client: {
      gatewayUrl: gateway.url,
      serviceIdentity: 'spectrastrike-agent',
      tls: tlsSettings(suite),
      concurrency: 8,
      requestTimeoutMs: 10_000,
    },
  };
  for (let kill = 1; kill <= KILLS; kill += 1) await drain(input, kill * 45);
  const summary = JSON.parse(await drain(input, null)) as { pending: number; duplicates: number };
  expect(summary).toMatchObject({ pending: 0, quarantined: 0 });
  expect(spool.counts()).toMatchObject([{ delivered: EVENTS, pending: 0 }]);
  expect(stored.size).toBe(EVENTS);
  expect(conflicts).toBe(0);
  // At most what was in flight at each kill was sent again.
  expect(gateway.requests.length - EVENTS).toBeLessThanOrEqual(KILLS * 16);
  expect(new Set(gateway.requests.map((request) => request.nonce)).size).toBe(gateway.requests.length);
  state.close();
});
