import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ERROR_CODES, type WireErrorCode } from '@nyxera/federation-protocol';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import { changeTenantState, importKey } from '../../src/trust/trust-store.ts';
import { type Received, send } from '../support/client.ts';
import {
  createFederation,
  createTestKey,
  type Federation,
  IDENTITY,
  OPERATOR,
  OTHER_OPERATOR,
  OTHER_TENANT,
  TENANT,
} from '../support/federation.ts';
import { EFFECT_TABLES, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { graph, payload, telemetry } from '../support/requests.ts';
import { CASES, type Keys, LIMITED, SUSPENDED_OPERATOR, SUSPENDED_TENANT } from './refusal-cases.ts';

const AUTHOR = { actor: 'cli:test', reason: 'test', nowMs: Date.now() };

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres({ fast: true });
});
afterAll(() => postgres.stop());

describe.each(['embedded', 'postgres'])('refusals over real TLS, %s', (kind) => {
  let federation: Federation;
  let gateway: TestGateway;
  const keys: Keys = { narrow: createTestKey(), stranger: createTestKey() };

  beforeAll(async () => {
    federation = await createFederation();
    const map = {
      [OPERATOR]: TENANT,
      [OTHER_OPERATOR]: OTHER_TENANT,
      [SUSPENDED_OPERATOR]: SUSPENDED_TENANT,
    };
    const pins = [federation.client.sha256];
    gateway = await startTestGateway(federation, {
      VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON: JSON.stringify({
        [IDENTITY]: pins,
        [LIMITED]: { pins, operators: [OPERATOR] },
      }),
      VV_TG_OPERATOR_TENANT_MAP: JSON.stringify(map),
      VV_TG_ALLOWED_SCHEMA_VERSIONS: '1.0,2.0',
      VV_TG_FINGERPRINT_POLICY: 'enforce',
      VV_TG_REFUSAL_SAMPLES_PER_MINUTE: '1000',
      ...(kind === 'postgres' ? { DATABASE_URL: await postgres.createDatabase() } : {}),
    });
    await changeTenantState(gateway.db, AUTHOR, { tenantId: SUSPENDED_TENANT, state: 'suspended' });
    const imported = await importKey(gateway.db, AUTHOR, {
      owner: IDENTITY,
      purposes: ['telemetry'],
      kid: 'narrow',
      key: keys.narrow.publicKey,
      domain: [OTHER_TENANT],
      state: 'active',
      notBefore: null,
      notAfter: null,
    });
    expect(imported).toMatchObject({ ok: true });
  });
  afterAll(async () => {
    await gateway?.close();
    federation.remove();
  });

  async function counts(): Promise<number[]> {
    return Promise.all(EFFECT_TABLES.map((table) => gateway.count(table)));
  }

  function expectProblem(received: Received, code: WireErrorCode, path?: string): void {
    expect([received.status, received.json?.errors?.[0]?.error_code]).toEqual([
      ERROR_CODES[code].httpStatus,
      code,
    ]);
    expect(received.headers['content-type']).toBe('application/problem+json');
    expect(received.headers.location).toBeUndefined();
    expect(received.json).toMatchObject({
      type: `urn:nyxera:federation:error:${code}`,
      status: received.status,
      title: expect.any(String),
      detail: expect.any(String),
      request_id: expect.stringMatching(
        /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      ),
    });
    if (path !== undefined) expect(received.json.errors[0].path).toBe(path);
  }

  test.each(CASES)('$code: $name', async ({ code, path, allow, make, options }) => {
    const before = await counts();
    const received = await send(federation, gateway.listen, make(federation, keys), options?.(federation));
    expectProblem(received, code, path);
    expect(received.headers.allow).toBe(allow);
    const entries = await gateway.audit(received.json.request_id);
    expect(entries.map((entry) => entry.code)).toEqual([code]);
    expect(await counts()).toEqual(before);
    expect(gateway.lines().filter((line) => line.request_id === received.json.request_id)).toEqual([
      expect.objectContaining({ code }),
    ]);
  });

  test('replay_detected: the same bytes again, the same nonce with another body, on another endpoint', async () => {
    const first = telemetry(federation);
    expect((await send(federation, gateway.listen, first)).status).toBe(202);
    const before = await counts();
    const nonce = first.headers.find(([name]) => name === 'X-Telemetry-Nonce')?.[1] ?? '';
    for (const again of [first, telemetry(federation, {}, { nonce }), graph(federation, {}, { nonce })]) {
      const received = await send(federation, gateway.listen, again);
      expectProblem(received, 'replay_detected');
      expect(await gateway.audit(received.json.request_id)).toMatchObject([
        { code: 'replay_detected', class: 'security' },
      ]);
    }
    expect(await counts()).toEqual(before);
  });

  test('event_conflict: the same event with other content; the same content is a duplicate', async () => {
    const event = payload();
    expect((await send(federation, gateway.listen, telemetry(federation, { payload: event }))).status).toBe(
      202,
    );
    const before = await counts();
    const again = await send(federation, gateway.listen, telemetry(federation, { payload: event }));
    expect([again.status, again.json.duplicate]).toEqual([202, true]);
    const other = { ...event, description: 'other' };
    const conflict = await send(federation, gateway.listen, telemetry(federation, { payload: other }));
    expectProblem(conflict, 'event_conflict');
    expect(await gateway.audit(conflict.json.request_id)).toMatchObject([
      { code: 'event_conflict', class: 'security' },
    ]);
    expect(await counts()).toEqual(before);
  });

  test('of ten identical requests at once exactly one is accepted', async () => {
    const request = telemetry(federation);
    const all = await Promise.all(
      Array.from({ length: 10 }, () => send(federation, gateway.listen, request)),
    );
    const statuses = all.map(({ status }) => status).sort();
    expect(statuses).toEqual([202, ...Array(9).fill(409)]);
  });

  test('the log of all this holds no body and no key', () => {
    const log = gateway.log();
    for (const secret of [
      'cmp-001',
      'mitre_techniques',
      'PRIVATE KEY',
      federation.telemetry.publicKey.toBase64(),
    ]) {
      expect(log).not.toContain(secret);
    }
    for (const line of gateway.lines()) {
      if (String(line.message).startsWith('request.')) expect(line.request_id).toEqual(expect.any(String));
    }
    const security = gateway.lines().filter((line) => line.code === 'peer_identity_rejected');
    expect(security.length).toBeGreaterThan(0);
    expect(security.every((line) => line.class === 'security')).toBe(true);
  });
});
