import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { JsonObject } from '@nyxera/federation-protocol';
import fc from 'fast-check';
import { pauseAfter } from '../../src/daemon/feedback-loop.ts';
import { createSpool } from '../../src/spool/spool.ts';
import { openState } from '../../src/state/open-state.ts';
import { type AgentFixture, createAgentFixture, OPERATOR, TENANT } from '../cli/agent-fixture.ts';
import { GRAPH, problem, QUERY } from '../cli/gateway-stand-in.ts';
import { runInProcess } from '../cli/run-in-process.ts';
import { adjustment, feedbackKey, signAnswer } from '../feedback/sign-answer.ts';
import { newEvent, newEvents } from '../support/events.ts';
import { type DaemonProcess, startDaemon, until } from './daemon-process.ts';

let fixture: AgentFixture;
let daemon: DaemonProcess | null = null;

beforeEach(async () => {
  fixture = await createAgentFixture();
});
afterEach(async () => {
  await daemon?.end('SIGKILL');
  daemon = null;
  await fixture.close();
});

interface ShownRound {
  readonly outcome: string;
  readonly code: string | null;
  readonly failures: number;
  readonly recorded: number;
  readonly next_at_ms: number;
}

async function shownRound(): Promise<ShownRound | undefined> {
  const { last } = await runInProcess(fixture.environment, ['status', '--json']);
  return (last as { feedback: ShownRound[] }).feedback[0];
}

test('graphs go up, feedback comes down and binds with its origin; a gateway that fails is in status', async () => {
  const key = feedbackKey('kid-1');
  const { environment, gateway } = fixture;
  environment.VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON = JSON.stringify({ 'kid-1': key.publicKey.toBase64() });
  environment.SPECTRASTRIKE_FEEDBACK_INTERVAL_SECONDS = '1';
  const state = openState(environment.SPECTRASTRIKE_DATA_DIR ?? '');
  const spool = createSpool(state, { now: Date.now });
  spool.enqueue({ gateway: gateway.url, operatorId: OPERATOR, tenantId: TENANT }, null, newEvents(2));
  const known = newEvent('e0000');
  let serial = 0;
  let isAway = false;
  gateway.handlers.set(QUERY, ({ body }) => {
    if (isAway) return problem(503, 'service_unavailable');
    serial += 1;
    const now = Math.floor(Date.now() / 1000);
    const about = (fingerprint: string): JsonObject =>
      adjustment(TENANT, now, {
        target_urn: known.targetUrn,
        execution_fingerprint: fingerprint,
        attestation_measurement_hash: known.attestationMeasurementHash,
      });
    const data = [about(known.executionHash), about('c'.repeat(64))];
    const nonce = `answer-nonce-${serial}-00000000`;
    const signed = { key, tenantId: TENANT, requestNonce: String(body.nonce), signedAt: now, nonce, data };
    return { status: 200, body: signAnswer(signed) };
  });
  daemon = await startDaemon(environment);
  // Anchored as soon as the graphs are up: an item about an execution that was never pushed is rejected.
  await until(async () => (await shownRound())?.recorded === 1);
  const pushed = gateway.received.filter((one) => one.path === GRAPH);
  expect(pushed.map((one) => one.body.execution_fingerprint).sort()).toEqual(
    newEvents(2)
      .map((one) => one.executionHash)
      .sort(),
  );
  const shown = await runInProcess(environment, ['policy', 'show', '--json']);
  expect((shown.last as { adjustments: unknown[] }).adjustments).toContainEqual(
    expect.objectContaining({
      execution_fingerprint: known.executionHash,
      attestation_measurement_hash: known.attestationMeasurementHash,
      kid: 'kid-1',
      request_id: '0190a000-0000-7000-8000-000000000001',
    }),
  );

  isAway = true;
  await until(async () => ((await shownRound())?.failures ?? 0) >= 2);
  expect(await shownRound()).toMatchObject({ outcome: 'failed', code: 'service_unavailable', recorded: 0 });
  // What was taken before still binds: a gateway that is away takes nothing back.
  const decided = await runInProcess(environment, [
    'policy',
    'evaluate',
    '--tenant',
    TENANT,
    '--target',
    known.targetUrn,
    '--json',
  ]);
  expect(decided.last).toMatchObject({ allow: false });
  isAway = false;
  await until(async () => (await shownRound())?.outcome === 'accepted');
  expect(await daemon.end('SIGINT')).toEqual({ code: 0, signal: null });
  state.close();
}, 60_000);

test('a wake does not wait for the next round', async () => {
  let asked = 0;
  fixture.gateway.handlers.set(QUERY, () => {
    asked += 1;
    return problem(503, 'service_unavailable');
  });
  fixture.environment.SPECTRASTRIKE_FEEDBACK_INTERVAL_SECONDS = '3600';
  daemon = await startDaemon(fixture.environment);
  await until(async () => (await shownRound())?.failures === 1);
  expect((await shownRound())?.next_at_ms).toBeGreaterThan(Date.now() + 1_000_000);
  expect((await runInProcess(fixture.environment, ['wake'])).code).toBe(0);
  await until(async () => (await shownRound())?.failures === 2);
  expect(asked).toBe(2);
}, 60_000);

test('pauses are spread by a tenth, grow with failures, and end at a quarter of an hour or the interval', () => {
  const interval = fc.integer({ min: 1000, max: 86_400_000 });
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(interval, random, fc.nat(100), (intervalMs, uniform, failures) => {
      const calm = pauseAfter(0, intervalMs, () => uniform);
      expect(calm).toBeGreaterThanOrEqual(Math.floor(0.9 * intervalMs));
      expect(calm).toBeLessThanOrEqual(Math.ceil(1.1 * intervalMs));
      const pause = pauseAfter(failures, intervalMs, () => uniform);
      expect(pause).toBeLessThanOrEqual(Math.max(900_000, Math.ceil(1.1 * intervalMs)));
      expect(pauseAfter(failures + 1, intervalMs, () => uniform)).toBeGreaterThanOrEqual(
        failures === 0 ? Math.min(calm, 900_000) : pause,
      );
    }),
  );
});
