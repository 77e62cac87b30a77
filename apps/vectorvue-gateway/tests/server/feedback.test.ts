import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseStrictJson, verifyFeedbackResponse } from '@nyxera/federation-protocol';
import { fakeClock } from '@nyxera/federation-testing';
import { GATEWAY_OWNER } from '../../src/trust/trust-snapshot.ts';
import { moveKey } from '../../src/trust/trust-store.ts';
import { type Received, send } from '../support/client.ts';
import { createFederation, type Federation, HASH, OPERATOR, TENANT } from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { graph, newNonce, type Prepared, payload, query, telemetry } from '../support/requests.ts';

const TARGET = 'urn:target:ip:10.0.0.5';
const ATTESTED = 'bb'.repeat(32);

let federation: Federation;
let gateway: TestGateway;
/** Moves with the requests, so that thirty minutes do not take thirty minutes. */
let clock: ReturnType<typeof fakeClock>;

beforeAll(async () => {
  federation = await createFederation();
  clock = fakeClock(Date.now());
  gateway = await startTestGateway(federation, {}, clock);
});
afterAll(async () => {
  await gateway?.close();
  federation.remove();
});

const seconds = () => Math.floor(clock.now() / 1000);
const post = (prepared: Prepared): Promise<Received> => send(federation, gateway.listen, prepared);
const at = () => ({ timestamp: seconds() });

/** Time passes; until trust has been confirmed again at the new time, the gateway rightly says 503. */
async function pass(duration: number): Promise<void> {
  clock.advance(duration * 1000);
  for (let round = 0; round < 100; round += 1) {
    if ((await post(query(federation, {}, at()))).status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the gateway did not recover from a jump of the clock');
}

async function ask(changes: Record<string, unknown> = {}) {
  const nonce = newNonce();
  const received = await post(query(federation, changes, { nonce, ...at() }));
  expect([received.status, received.text]).toEqual([200, expect.any(String)]);
  const parsed = parseStrictJson(new TextEncoder().encode(received.text));
  if (!parsed.ok) throw new Error(parsed.detail);
  const verified = verifyFeedbackResponse(parsed.value, {
    tenantId: String(changes.tenant_id ?? TENANT),
    requestNonce: nonce,
    keys: (kid) => (kid === 'default' ? federation.feedback : null),
    now: seconds(),
    requireBinding: true,
    nonceSeen: () => false,
  });
  if (!verified.ok) throw new Error(`${verified.code}: ${verified.detail}`);
  expect(verified.value.skipped).toEqual([]);
  return verified.value.adjustments;
}

const brief = async (changes?: Record<string, unknown>) =>
  (await ask(changes)).map(({ action, target_urn: target, confidence }) => [action, target, confidence]);

describe('from graphs and findings to signed adjustments (PROTOCOL.md section 8)', () => {
  test('nothing known: an empty answer, signed', async () => {
    expect(await ask()).toEqual([]);
  });

  test('a small graph is observed, a large one tightens; one per target and action', async () => {
    expect((await post(graph(federation, {}, at()))).status).toBe(202);
    expect((await post(graph(federation, {}, at()))).status).toBe(202);
    expect(await brief()).toEqual([['observe', TARGET, 0.55]]);
    const nodes = Array.from({ length: 8 }, () => ({}));
    expect((await post(graph(federation, { graph: { target_urn: TARGET, nodes } }, at()))).status).toBe(202);
    expect(await brief()).toEqual([
      ['observe', TARGET, 0.55],
      ['tighten', TARGET, 0.82],
    ]);
  });

  test('a graph without a target is about an unknown one', async () => {
    expect((await post(graph(federation, { graph: {} }, at()))).status).toBe(202);
    expect(await brief()).toContainEqual(['observe', 'urn:target:unknown', 0.55]);
  });

  test('an open critical finding denies, and carries its own fingerprint and attestation', async () => {
    const event = payload({ severity: 'critical' }, { asset_ref: 'host-1', target_urn: TARGET });
    expect((await post(telemetry(federation, { payload: event }, at()))).status).toBe(202);
    const adjustments = await ask();
    expect(adjustments.at(-1)).toMatchObject({
      action: 'deny',
      confidence: 1,
      target_urn: TARGET,
      ttl_seconds: 1800,
      execution_fingerprint: HASH,
      attestation_measurement_hash: ATTESTED,
      tenant_id: TENANT,
    });
  });

  test('without a target_urn the asset is the target', async () => {
    // One whose name is no text of the wire is left out: `ask` would see that the agent skips it.
    for (const asset of ['host-2', 'host\u0000']) {
      const event = payload({ severity: 'critical' }, { asset_ref: asset });
      expect((await post(telemetry(federation, { payload: event }, at()))).status).toBe(202);
    }
    expect(await brief()).toContainEqual(['deny', 'host-2', 1]);
  });

  test('a limit keeps the most restrictive, and the last one is the strictest', async () => {
    expect((await brief({ limit: 1 })).map(([action]) => action)).toEqual(['deny']);
    expect((await brief()).at(-1)?.[0]).toBe('deny');
  });

  test('the tenant is answered as it was written, and another tenant sees nothing of it', async () => {
    const shouted = TENANT.toUpperCase();
    expect((await ask({ tenant_id: shouted })).every(({ tenant_id: tenant }) => tenant === shouted)).toBe(
      true,
    );
    const other = { operator_id: 'op-002', tenant_id: '20000000-0000-4000-8000-00000000000b' };
    expect(await ask(other)).toEqual([]);
  });

  test('what graphs caused expires; what an open finding causes is issued again', async () => {
    await pass(1801);
    expect((await brief()).toSorted()).toEqual([
      ['deny', 'host-2', 1],
      ['deny', TARGET, 1],
    ]);
    expect((await ask()).every(({ timestamp }) => seconds() - timestamp < 450)).toBe(true);
  });

  test('a closed finding causes nothing any more', async () => {
    await gateway.db.query({ name: 'test-close', text: "UPDATE findings SET status = 'closed'" });
    await pass(1801);
    expect(await ask()).toEqual([]);
  });

  test('every answer is audited under its own request id', async () => {
    const { json } = await post(query(federation, {}, at()));
    expect(await gateway.audit(json.request_id)).toMatchObject([{ class: 'feedback', tenant_id: TENANT }]);
  });
});

describe('the feedback key', () => {
  test('that is no longer active does not sign: 503, and the nonce is not burnt; /readyz says so', async () => {
    const reason = 'keys: the feedback key is not active in the store';
    // The clock of this file has been moved, which is a reason of its own.
    const readyz = async () => {
      const ready = await fetch(`http://${gateway.adminListen}/readyz`);
      return { status: ready.status, text: await ready.text() };
    };
    expect((await readyz()).text).not.toContain(reason);
    const author = { actor: 'cli:test', reason: 'test', nowMs: clock.now() };
    const selector = { owner: GATEWAY_OWNER, purpose: 'feedback', kid: 'default' } as const;
    const retired = await moveKey(gateway.db, author, 'retire', selector);
    expect(retired).toMatchObject({ ok: true });
    const request = query(federation, {}, at());
    const received = await post(request);
    expect([received.status, received.json.errors[0].error_code]).toEqual([503, 'service_unavailable']);
    expect(await readyz()).toEqual({ status: 503, text: expect.stringContaining(reason) });
  });
});

test('telemetry goes on whatever becomes of feedback', async () => {
  expect((await post(telemetry(federation, { operator_id: OPERATOR }, at()))).status).toBe(202);
});
