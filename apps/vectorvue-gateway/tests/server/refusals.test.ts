import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ERROR_CODES, type WireErrorCode } from '@nyxera/federation-protocol';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import { changeTenantState, importKey } from '../../src/trust/trust-store.ts';
import { type Received, type SendOptions, send } from '../support/client.ts';
import {
  createFederation,
  createTestKey,
  type Federation,
  HASH,
  IDENTITY,
  OPERATOR,
  OTHER_OPERATOR,
  OTHER_TENANT,
  TENANT,
  type TestKey,
} from '../support/federation.ts';
import { EFFECT_TABLES, startTestGateway, type TestGateway } from '../support/gateway.ts';
import {
  bundle,
  envelope,
  graph,
  newNonce,
  nowSeconds,
  PATHS,
  type Prepared,
  payload,
  query,
  signed,
  telemetry,
  withHeader,
} from '../support/requests.ts';

const SUSPENDED_OPERATOR = 'op-suspended';
const SUSPENDED_TENANT = '30000000-0000-4000-8000-00000000000c';
const LIMITED = 'limited-identity';
const AUTHOR = { actor: 'cli:test', reason: 'test', nowMs: Date.now() };

/** Every refusal of PROTOCOL.md section 17 that a request can get from a healthy gateway. */
interface Case {
  readonly name: string;
  readonly code: WireErrorCode;
  readonly path?: string;
  readonly allow?: string;
  readonly make: (federation: Federation, keys: Keys) => Prepared;
  readonly options?: (federation: Federation) => SendOptions;
}

interface Keys {
  /** May only vouch for the other tenant. */
  readonly narrow: TestKey;
  readonly stranger: TestKey;
}

const raw = (federation: Federation, text: string | Buffer): Prepared =>
  signed(federation, PATHS.telemetry, () => Buffer.from(text as string));

const changed = (changes: Record<string, unknown>, attributes: Record<string, unknown> = {}) => ({
  payload: payload(changes, attributes),
});

/** All seven inputs of a fingerprint that is not the one in execution_hash. */
const WRONG_FINGERPRINT = {
  manifest_hash: 'mh-1',
  tool_sha256: 'sha256:aa',
  policy_decision_hash: 'ph-1',
  fingerprint_timestamp: '2026-02-26T12:00:00+00:00',
};

const CASES: readonly Case[] = [
  {
    name: 'an unknown path',
    code: 'not_found',
    make: (f) => ({ ...telemetry(f), path: '/internal/v1/nothing' }),
  },
  {
    name: 'a trailing slash',
    code: 'not_found',
    make: (f) => ({ ...telemetry(f), path: `${PATHS.telemetry}/` }),
  },
  {
    name: 'another letter case',
    code: 'not_found',
    make: (f) => ({ ...telemetry(f), path: '/internal/V1/telemetry' }),
  },
  {
    name: 'the batch extension, until it is built',
    code: 'not_found',
    make: (f) => ({ ...telemetry(f), path: '/internal/v1/telemetry/batch' }),
  },
  {
    name: 'GET',
    code: 'method_not_allowed',
    allow: 'POST',
    make: (f) => ({ ...telemetry(f), body: Buffer.alloc(0) }),
    options: () => ({ method: 'GET' }),
  },
  {
    name: 'PUT',
    code: 'method_not_allowed',
    allow: 'POST',
    make: (f) => telemetry(f),
    options: () => ({ method: 'PUT' }),
  },
  {
    name: 'OPTIONS',
    code: 'method_not_allowed',
    allow: 'POST',
    make: (f) => bundle(f),
    options: () => ({ method: 'OPTIONS' }),
  },
  {
    name: 'text/plain',
    code: 'unsupported_media_type',
    make: (f) => withHeader(telemetry(f), 'Content-Type', 'text/plain'),
  },
  {
    name: 'no media type',
    code: 'unsupported_media_type',
    make: (f) => withHeader(telemetry(f), 'Content-Type', null),
  },
  {
    name: 'latin-1',
    code: 'unsupported_media_type',
    make: (f) => withHeader(telemetry(f), 'Content-Type', 'application/json; charset=latin1'),
  },
  {
    name: 'the media type twice',
    code: 'unsupported_media_type',
    make: (f) => withHeader(telemetry(f), 'Content-Type', ['application/json', 'application/json']),
  },
  {
    name: 'gzip',
    code: 'unsupported_media_type',
    make: (f) => withHeader(telemetry(f), 'Content-Encoding', 'gzip'),
  },
  {
    name: 'the identity encoding',
    code: 'unsupported_media_type',
    make: (f) => withHeader(telemetry(f), 'Content-Encoding', 'identity'),
  },
  {
    name: 'an announced body over 1 MiB',
    code: 'payload_too_large',
    make: (f) => raw(f, Buffer.alloc(1_048_577, 0x20)),
  },
  { name: 'an empty body', code: 'payload_required', make: (f) => raw(f, '') },

  {
    name: 'no identity',
    code: 'missing_header',
    make: (f) => withHeader(telemetry(f), 'X-Service-Identity', null),
  },
  {
    name: 'no claimed fingerprint',
    code: 'missing_header',
    make: (f) => withHeader(telemetry(f), 'X-Client-Cert-Sha256', null),
  },
  {
    name: 'no signature',
    code: 'missing_header',
    make: (f) => withHeader(telemetry(f), 'X-Telemetry-Signature', null),
  },
  {
    name: 'an identity with a space',
    code: 'malformed_header',
    make: (f) => telemetry(f, {}, { identity: 'a b' }),
  },
  {
    name: 'the identity twice',
    code: 'malformed_header',
    make: (f) => withHeader(telemetry(f), 'X-Service-Identity', [IDENTITY, IDENTITY]),
  },
  {
    name: 'the nonce twice',
    code: 'malformed_header',
    make: (f) => withHeader(telemetry(f), 'X-Telemetry-Nonce', [newNonce(), newNonce()]),
  },
  {
    name: 'the signature twice, in two letter cases',
    code: 'malformed_header',
    make: (f) => ({
      ...telemetry(f),
      headers: [...telemetry(f).headers, ['x-telemetry-SIGNATURE', 'AAAA'] as const],
    }),
  },
  {
    name: 'a fingerprint with colons',
    code: 'malformed_header',
    make: (f) => withHeader(telemetry(f), 'X-Client-Cert-Sha256', 'AB:'.repeat(32)),
  },
  {
    name: 'a timestamp with a leading zero',
    code: 'malformed_header',
    make: (f) => withHeader(telemetry(f), 'X-Telemetry-Timestamp', `0${nowSeconds()}`),
  },
  {
    name: 'a short nonce',
    code: 'malformed_header',
    make: (f) => withHeader(telemetry(f), 'X-Telemetry-Nonce', 'abc'),
  },
  {
    name: 'a signature without padding',
    code: 'malformed_header',
    make: (f) => withHeader(telemetry(f), 'X-Telemetry-Signature', 'A'.repeat(86)),
  },
  {
    name: 'a signature of 63 bytes',
    code: 'malformed_header',
    make: (f) => withHeader(telemetry(f), 'X-Telemetry-Signature', Buffer.alloc(63).toString('base64')),
  },

  {
    name: 'an unknown identity',
    code: 'peer_identity_rejected',
    make: (f) => telemetry(f, {}, { identity: 'nobody' }),
  },
  {
    name: 'an identity in another letter case',
    code: 'peer_identity_rejected',
    make: (f) => telemetry(f, {}, { identity: IDENTITY.toUpperCase() }),
  },
  {
    name: 'a stolen identity header with another certificate',
    code: 'peer_identity_rejected',
    make: (f) => telemetry(f),
    options: (f) => ({ certificate: f.unpinned }),
  },
  {
    name: 'a claim that is not the certificate',
    code: 'peer_identity_rejected',
    make: (f) => telemetry(f, {}, { claimedSha256: f.unpinned.sha256 }),
  },
  {
    name: 'an honest claim of an unpinned certificate',
    code: 'peer_identity_rejected',
    make: (f) => telemetry(f, {}, { claimedSha256: f.unpinned.sha256 }),
    options: (f) => ({ certificate: f.unpinned }),
  },
  {
    name: 'a bundle with a stolen identity',
    code: 'peer_identity_rejected',
    make: (f) => bundle(f),
    options: (f) => ({ certificate: f.unpinned }),
  },

  {
    name: 'a timestamp of long ago',
    code: 'timestamp_out_of_window',
    make: (f) => telemetry(f, {}, { timestamp: nowSeconds() - 60 }),
  },
  {
    name: 'a timestamp of the future',
    code: 'timestamp_out_of_window',
    make: (f) => telemetry(f, {}, { timestamp: nowSeconds() + 60 }),
  },
  {
    name: 'a tampered body',
    code: 'signature_invalid',
    make: (f) => ({ ...telemetry(f), body: telemetry(f).body }),
  },
  {
    name: 'a stranger’s key',
    code: 'signature_invalid',
    make: (f, keys) => telemetry(f, {}, { key: keys.stranger }),
  },
  {
    name: 'the evidence key for telemetry',
    code: 'signature_invalid',
    make: (f) => telemetry(f, {}, { key: f.evidence }),
  },
  {
    name: 'an unknown kid',
    code: 'signature_invalid',
    make: (f) => withHeader(telemetry(f), 'X-Telemetry-Key-Id', 'nobody'),
  },
  {
    name: 'the kid of another key',
    code: 'signature_invalid',
    make: (f) => withHeader(telemetry(f), 'X-Telemetry-Key-Id', 'narrow'),
  },
  {
    name: 'a bundle signed by the telemetry key',
    code: 'signature_invalid',
    make: (f) => bundle(f, {}, f.telemetry),
  },

  { name: 'what is not JSON', code: 'invalid_json', make: (f) => raw(f, '{') },
  { name: 'NaN', code: 'invalid_json', make: (f) => raw(f, '{"a":NaN}') },
  { name: 'a member twice', code: 'invalid_json', make: (f) => raw(f, '{"a":1,"a":2}') },
  { name: 'a byte order mark', code: 'invalid_json', make: (f) => raw(f, '\ufeff{}') },
  { name: 'a lone surrogate', code: 'invalid_json', make: (f) => raw(f, '"\\ud800"') },
  { name: 'depth 65', code: 'invalid_json', make: (f) => raw(f, '['.repeat(65) + ']'.repeat(65)) },
  { name: 'an integer of 401 digits', code: 'invalid_json', make: (f) => raw(f, '1'.repeat(401)) },
  { name: 'something after the value', code: 'invalid_json', make: (f) => raw(f, '{}x') },
  {
    name: 'bytes that are not UTF-8',
    code: 'invalid_json',
    make: (f) => raw(f, Buffer.from([0x22, 0xff, 0x22])),
  },
  {
    name: 'white space',
    code: 'non_canonical_json',
    make: (f) => signed(f, PATHS.telemetry, (t, n) => Buffer.from(JSON.stringify(envelope(t, n), null, 1))),
  },
  {
    name: 'members out of order',
    code: 'non_canonical_json',
    make: (f) => signed(f, PATHS.telemetry, (t, n) => Buffer.from(JSON.stringify(envelope(t, n)))),
  },
  { name: 'a number written at length', code: 'non_canonical_json', make: (f) => raw(f, '{"a":1.50}') },
  { name: 'an array', code: 'schema_invalid', path: '', make: (f) => raw(f, '[]') },
  { name: 'an unknown member', code: 'schema_invalid', make: (f) => telemetry(f, { zzz: 1 }) },
  {
    name: 'a severity that is none',
    code: 'schema_invalid',
    path: '/payload/severity',
    make: (f) => telemetry(f, changed({ severity: 'worst' })),
  },
  {
    name: 'a timestamp as a string',
    code: 'schema_invalid',
    path: '/timestamp',
    make: (f) => telemetry(f, { timestamp: String(nowSeconds()) }),
  },
  {
    name: 'no attestation',
    code: 'schema_invalid',
    path: '/payload/attributes/attestation_measurement_hash',
    make: (f) => telemetry(f, changed({ attributes: {} })),
  },
  {
    name: 'a graph about a number',
    code: 'schema_invalid',
    path: '/graph/target_urn',
    make: (f) => graph(f, { graph: { target_urn: 5 } }),
  },
  { name: 'a query for 0', code: 'schema_invalid', path: '/limit', make: (f) => query(f, { limit: 0 }) },
  {
    name: 'a bundle with a separator in it',
    code: 'schema_invalid',
    path: '/bundle/operator_id',
    make: (f) => bundle(f, { operator_id: 'a|b' }),
  },
  {
    name: 'a bundle with a short nonce',
    code: 'schema_invalid',
    path: '/bundle/nonce',
    make: (f) => bundle(f, { nonce: 'short-nonce' }),
  },

  {
    name: 'another nonce in the body',
    code: 'signed_header_mismatch',
    make: (f) => telemetry(f, { nonce: newNonce() }),
  },
  {
    name: 'another timestamp in the body',
    code: 'signed_header_mismatch',
    make: (f) => telemetry(f, { timestamp: nowSeconds() - 1 }),
  },
  {
    name: 'another nonce in a query',
    code: 'signed_header_mismatch',
    make: (f) => query(f, { nonce: newNonce() }),
  },
  {
    name: 'another nonce in a graph',
    code: 'signed_header_mismatch',
    make: (f) => graph(f, { nonce: newNonce() }),
  },
  {
    name: 'metadata of another tenant',
    code: 'signed_metadata_mismatch',
    make: (f) =>
      telemetry(f, {
        signed_metadata: { operator_id: OPERATOR, tenant_id: OTHER_TENANT, campaign_id: 'cmp-001' },
      }),
  },
  {
    name: 'metadata in another letter case',
    code: 'signed_metadata_mismatch',
    make: (f) =>
      telemetry(f, {
        signed_metadata: { operator_id: OPERATOR, tenant_id: TENANT.toUpperCase(), campaign_id: 'cmp-001' },
      }),
  },

  {
    name: 'an unmapped operator',
    code: 'operator_not_mapped',
    make: (f) => telemetry(f, { operator_id: 'op-nobody' }),
  },
  {
    name: 'an unmapped operator, graph',
    code: 'operator_not_mapped',
    make: (f) => graph(f, { operator_id: 'op-nobody' }),
  },
  {
    name: 'an unmapped operator, query',
    code: 'operator_not_mapped',
    make: (f) => query(f, { operator_id: 'op-nobody' }),
  },
  {
    name: 'an unmapped operator, bundle',
    code: 'operator_not_mapped',
    make: (f) => bundle(f, { operator_id: 'op-nobody' }),
  },
  {
    name: 'a foreign tenant',
    code: 'tenant_mapping_violation',
    make: (f) => telemetry(f, { tenant_id: OTHER_TENANT }),
  },
  {
    name: 'a foreign tenant, graph',
    code: 'tenant_mapping_violation',
    make: (f) => graph(f, { tenant_id: OTHER_TENANT }),
  },
  {
    name: 'a foreign tenant, query',
    code: 'tenant_mapping_violation',
    make: (f) => query(f, { tenant_id: OTHER_TENANT }),
  },
  {
    name: 'a suspended tenant',
    code: 'tenant_mapping_violation',
    make: (f) => telemetry(f, { operator_id: SUSPENDED_OPERATOR, tenant_id: SUSPENDED_TENANT }),
  },
  {
    name: 'a suspended tenant, bundle',
    code: 'tenant_mapping_violation',
    make: (f) => bundle(f, { operator_id: SUSPENDED_OPERATOR }),
  },
  {
    name: 'a key of another domain',
    code: 'key_domain_violation',
    make: (f, keys) => telemetry(f, {}, { key: keys.narrow }),
  },
  {
    name: 'an identity that may not speak for the operator',
    code: 'operator_not_permitted',
    make: (f) =>
      telemetry(f, { operator_id: OTHER_OPERATOR, tenant_id: OTHER_TENANT }, { identity: LIMITED }),
  },
  {
    name: 'an identity that may not present the bundle',
    code: 'operator_not_permitted',
    make: (f) => withHeader(bundle(f, { operator_id: OTHER_OPERATOR }), 'X-Service-Identity', LIMITED),
  },

  {
    name: 'no schema version',
    code: 'schema_version_missing',
    path: '/payload/attributes/schema_version',
    make: (f) => telemetry(f, changed({}, { schema_version: undefined })),
  },
  {
    name: 'a schema version that is not allowed',
    code: 'schema_version_unsupported',
    path: '/payload/attributes/schema_version',
    make: (f) => telemetry(f, changed({}, { schema_version: '3.0' })),
  },
  {
    name: 'version 2.0 without a contract',
    code: 'contract_v2_invalid',
    make: (f) => telemetry(f, changed({}, { schema_version: '2.0' })),
  },
  {
    name: 'a fingerprint that is not that of its inputs',
    code: 'fingerprint_mismatch',
    make: (f) => telemetry(f, changed({}, { ...WRONG_FINGERPRINT, execution_fingerprint: HASH })),
  },
];

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
