import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DaemonContext, Running } from '../../src/daemon/service.ts';
import { recordAdjustment } from '../../src/policy/adjustment-store.ts';
import { TENANT } from '../cli/agent-fixture.ts';
import {
  ask,
  createDaemonFixture,
  type DaemonFixture,
  postJson,
  socketOf,
  startApi,
  type Target,
} from './api-fixture.ts';

const DENIED = 'urn:target:ip:10.0.0.5';
const FREE = 'urn:target:ip:10.0.0.6';
const FOREIGN = '20000000-0000-0000-0000-00000000000b';
const OPA = '/v1/data/spectrastrike/feedback';

let fixture: DaemonFixture;
let agent: DaemonContext;
let api: Running;
let target: Target;

beforeAll(async () => {
  fixture = await createDaemonFixture();
  agent = await fixture.agent();
  agent.state.transaction(() =>
    recordAdjustment(
      agent.state.db,
      {
        tenantId: TENANT,
        targetUrn: DENIED,
        action: 'deny',
        confidence: 1,
        rationale: 'an open critical finding',
        control: 'execution',
        ttlSeconds: 1800,
        timestamp: Math.floor(Date.now() / 1000),
        executionFingerprint: 'a'.repeat(64),
        attestationMeasurementHash: 'b'.repeat(64),
      },
      { kid: 'feedback-1', requestId: 'request-1', receivedAtMs: Date.now() },
    ),
  );
  api = await startApi(agent);
  target = socketOf(agent);
});

afterAll(async () => {
  await api.close();
  await fixture.close();
});

describe('the policy engine', () => {
  test('takes a permission away and gives none', async () => {
    const allow = async (urn: string, base: boolean) =>
      (await postJson(target, '/v1/policy/evaluate', { target_urn: urn, base })).json.allow;
    expect(await allow(DENIED, true)).toBe(false);
    expect(await allow(DENIED, false)).toBe(false);
    expect(await allow(FREE, true)).toBe(true);
    expect(await allow(FREE, false)).toBe(false);
  });

  test.each([
    ['no base', { target_urn: FREE }, 'schema_invalid'],
    ['a base that is no boolean', { target_urn: FREE, base: 'true' }, 'schema_invalid'],
    ['an unknown member', { target_urn: FREE, base: true, targetUrn: DENIED }, 'schema_invalid'],
    ['no target', { base: true }, 'schema_invalid'],
    [
      'a tenant without feedback here',
      { target_urn: FREE, base: true, tenant_id: FOREIGN },
      'tenant_unknown',
    ],
    ['no JSON', '{"base":true,"base":true}', 'invalid_json'],
  ])('%s is refused, and never "nothing binds"', async (_what, body, code) => {
    const reply = await postJson(target, '/v1/policy/evaluate', body);
    expect([reply.status, reply.code]).toEqual([422, code]);
  });

  test('says what binds a target, and what put it there', async () => {
    const bound = await ask(target, 'GET', `/v1/policy/context?target=${encodeURIComponent(DENIED)}`);
    expect(bound.json).toMatchObject({
      tenant_id: TENANT,
      context: { feedback_bound: true, feedback_action: 'deny' },
      adjustments: [
        { kid: 'feedback-1', request_id: 'request-1', attestation_measurement_hash: 'b'.repeat(64) },
      ],
    });
    const free = await ask(target, 'GET', `/v1/policy/context?target=${FREE}&tenant=${TENANT.toLowerCase()}`);
    expect(free.json).toMatchObject({ context: { feedback_bound: false }, adjustments: [] });
    expect((await ask(target, 'GET', '/v1/policy/context')).code).toBe('parameter_invalid');
    expect((await ask(target, 'GET', `/v1/policy/context?target=${FREE}&tenant=${FOREIGN}`)).code).toBe(
      'tenant_unknown',
    );
  });
});

describe('asked as OPA is asked', () => {
  const question = (urn: string, more: object = {}) => ({ input: { target_urn: urn, ...more }, extra: 1 });

  test('an input gives a result, and a member of it has a path of its own', async () => {
    const whole = await postJson(target, OPA, question(DENIED, { user: { name: 'alice' } }));
    expect(whole.status).toBe(200);
    expect(whole.json.result).toMatchObject({ allow: false, feedback_bound: true, feedback_action: 'deny' });
    const allow = await postJson(target, `${OPA}/allow`, question(FREE));
    expect(allow.json).toEqual({ result: true });
    expect((await postJson(target, `${OPA}/allow`, question(FREE, { base: false }))).json).toEqual({
      result: false,
    });
    expect((await postJson(target, `${OPA}/nothing`, question(FREE))).json).toEqual({});
    expect((await postJson(target, `${OPA}/toString`, question(FREE))).json).toEqual({});
    const input = encodeURIComponent(JSON.stringify({ target_urn: DENIED }));
    const got = await ask(target, 'GET', `${OPA}/feedback_action?input=${input}&pretty=true&metrics=true`);
    expect(got.text).toBe('{\n  "result": "deny"\n}\n');
  });

  test('OPA’s client needs no media type', async () => {
    const reply = await ask(target, 'POST', `${OPA}/allow`, { body: JSON.stringify(question(DENIED)) });
    expect(reply.json).toEqual({ result: false });
  });

  test('without input: the warning that OPA gives, and no result', async () => {
    const warning = {
      warning: { code: 'api_usage_warning', message: "'input' key missing from the request" },
    };
    for (const reply of [
      await postJson(target, OPA, {}),
      await ask(target, 'POST', OPA),
      await ask(target, 'GET', OPA),
    ]) {
      expect([reply.status, reply.json]).toEqual([200, warning]);
    }
  });

  test.each([
    ['no target', { input: {} }],
    ['a target that is none', { input: { target_urn: ['x'] } }],
    ['a base that is none', { input: { target_urn: FREE, base: 'false' } }],
    ['a null input', { input: null }],
    ['a tenant without feedback here', { input: { target_urn: FREE, tenant_id: FOREIGN } }],
    ['no object', '[]'],
    ['no JSON', '{"input":{}'],
  ])('%s is an error in OPA’s form, and not an undefined result', async (_what, body) => {
    const reply = await postJson(target, OPA, body);
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual({ code: 'invalid_parameter', message: expect.any(String) });
  });
});
