import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { send } from '../support/client.ts';
import {
  createFederation,
  createTestKey,
  type Federation,
  OPERATOR,
  OTHER_TENANT,
  TENANT,
} from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import {
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

let federation: Federation;
let gateway: TestGateway;
const stranger = createTestKey();

beforeAll(async () => {
  federation = await createFederation();
  gateway = await startTestGateway(federation, { VV_TG_REFUSAL_SAMPLES_PER_MINUTE: '1000' });
});
afterAll(async () => {
  await gateway?.close();
  federation.remove();
});

const codeOf = async (prepared: Prepared, method = 'POST'): Promise<string> => {
  const received = await send(federation, gateway.listen, prepared, { method });
  return received.json.errors?.[0]?.error_code ?? String(received.status);
};
const text = (body: string, options = {}): Prepared =>
  signed(federation, PATHS.telemetry, () => Buffer.from(body), options);

type Row = [string, () => Prepared, string, string?];

describe('the order of PROTOCOL.md section 5: of two faults the earlier is answered', () => {
  test.each([
    ['path before method', () => ({ ...text(''), path: '/x' }), 'not_found', 'PUT'],
    [
      'method before media type',
      () => withHeader(telemetry(federation), 'Content-Type', 'text/plain'),
      'method_not_allowed',
      'PUT',
    ],
    [
      'media type before size',
      () => withHeader(text(' '.repeat(1_048_577)), 'Content-Type', 'text/plain'),
      'unsupported_media_type',
    ],
    [
      'size before identity',
      () => withHeader(text(' '.repeat(1_048_577)), 'X-Service-Identity', null),
      'payload_too_large',
    ],
    [
      'an empty body before identity',
      () => withHeader(text(''), 'X-Service-Identity', null),
      'payload_required',
    ],
    [
      'identity before signature headers',
      () => withHeader(telemetry(federation, {}, { identity: 'x' }), 'X-Telemetry-Nonce', null),
      'peer_identity_rejected',
    ],
    [
      'identity before freshness',
      () => telemetry(federation, {}, { identity: 'x', timestamp: 1 }),
      'peer_identity_rejected',
    ],
    [
      'signature headers before freshness',
      () => withHeader(telemetry(federation, {}, { timestamp: 1 }), 'X-Telemetry-Signature', null),
      'missing_header',
    ],
    [
      'freshness before signature',
      () => telemetry(federation, {}, { timestamp: 1, key: stranger }),
      'timestamp_out_of_window',
    ],
    ['signature before JSON', () => text('{', { key: stranger }), 'signature_invalid'],
    ['JSON before canonical form', () => text('{ "a":1,"a":2}'), 'invalid_json'],
    ['canonical form before schema', () => text('{ "a":1}'), 'non_canonical_json'],
    [
      'schema before agreement of headers',
      () => telemetry(federation, { nonce: newNonce(), zzz: 1 }),
      'schema_invalid',
    ],
    [
      'headers before metadata',
      () =>
        telemetry(federation, {
          nonce: newNonce(),
          signed_metadata: { operator_id: 'x', tenant_id: 'x', campaign_id: 'x' },
        }),
      'signed_header_mismatch',
    ],
    [
      'metadata before the mapping',
      () =>
        telemetry(federation, {
          operator_id: 'op-nobody',
          signed_metadata: { operator_id: 'x', tenant_id: 'x', campaign_id: 'x' },
        }),
      'signed_metadata_mismatch',
    ],
    [
      'the operator before its tenant',
      () => telemetry(federation, { operator_id: 'op-nobody', tenant_id: OTHER_TENANT }),
      'operator_not_mapped',
    ],
    [
      'the tenant before the schema version',
      () => telemetry(federation, { tenant_id: OTHER_TENANT, payload: payload({}, { schema_version: '9' }) }),
      'tenant_mapping_violation',
    ],
  ] satisfies Row[])('%s', async (...[, make, code, method]: Row) => {
    expect(await codeOf(make(), typeof method === 'string' ? method : 'POST')).toBe(code);
  });
});

describe('replay (PROTOCOL.md sections 4 and 5)', () => {
  async function claimed(): Promise<{ nonce: string; timestamp: number }> {
    const options = { nonce: newNonce(), timestamp: nowSeconds() };
    expect(await codeOf(telemetry(federation, {}, options))).toBe('202');
    return options;
  }

  test('goes before the refusal of the request itself', async () => {
    const options = await claimed();
    expect(await codeOf(text('{', options))).toBe('replay_detected');
    expect(await codeOf(telemetry(federation, { tenant_id: OTHER_TENANT }, options))).toBe('replay_detected');
    expect(await codeOf(query(federation, { limit: 0 }, options))).toBe('replay_detected');
  });

  test('whatever the timestamp', async () => {
    const { nonce, timestamp } = await claimed();
    expect(await codeOf(graph(federation, {}, { nonce, timestamp: timestamp - 3 }))).toBe('replay_detected');
  });

  test('goes after the signature: a stranger learns nothing and burns nothing', async () => {
    const options = await claimed();
    expect(await codeOf(telemetry(federation, {}, { ...options, key: stranger }))).toBe('signature_invalid');
    const fresh = newNonce();
    expect(await codeOf(telemetry(federation, {}, { nonce: fresh, key: stranger }))).toBe(
      'signature_invalid',
    );
    expect(await codeOf(telemetry(federation, {}, { nonce: fresh }))).toBe('202');
  });

  test.each<[string, (nonce: string) => Prepared, string]>([
    ['a 422', (nonce) => text('{', { nonce }), 'invalid_json'],
    [
      'a 403',
      (nonce) => telemetry(federation, { tenant_id: OTHER_TENANT }, { nonce }),
      'tenant_mapping_violation',
    ],
    [
      'a 401 after the signature',
      (nonce) => telemetry(federation, { nonce: newNonce() }, { nonce }),
      'signed_header_mismatch',
    ],
    ['a query', (nonce) => query(federation, {}, { nonce }), '200'],
    ['a graph', (nonce) => graph(federation, {}, { nonce }), '202'],
  ])('%s claims its nonce', async (_name, make, code) => {
    const nonce = newNonce();
    expect(await codeOf(make(nonce))).toBe(code);
    expect(await codeOf(telemetry(federation, {}, { nonce }))).toBe('replay_detected');
  });
});

describe('what is accepted', () => {
  test('both canonical forms, and every number in the compat one', async () => {
    const member = { ключ: 'é', big: 1 };
    const jcs = signed(federation, PATHS.telemetry, (timestamp, nonce) => {
      const body = envelope(timestamp, nonce, { payload: payload({}, member) });
      return Buffer.from(sortedJson(body));
    });
    expect(await codeOf(jcs)).toBe('202');
    const compat = signed(federation, PATHS.telemetry, (timestamp, nonce) => {
      const body = sortedJson(envelope(timestamp, nonce, { payload: payload({}, { big: 7_777_777 }) }));
      return Buffer.from(body.replace('7777777', '123456789012345678901234567890'));
    });
    expect(await codeOf(compat)).toBe('202');
  });

  test('a tenant in capitals, as long as it is the mapped one', async () => {
    const capitals = TENANT.toUpperCase();
    expect(await codeOf(telemetry(federation, { tenant_id: capitals }))).toBe('202');
  });

  test('a kid by thumbprint, and a media type with charset', async () => {
    const named = withHeader(telemetry(federation), 'X-Telemetry-Key-Id', federation.telemetry.publicKey.kid);
    expect(await codeOf(withHeader(named, 'Content-Type', 'Application/JSON; charset="UTF-8"'))).toBe('202');
  });

  test('timestamps up to the skew, equality included', async () => {
    expect(await codeOf(telemetry(federation, {}, { timestamp: nowSeconds() - 29 }))).toBe('202');
  });

  test('text with NUL, controls and markup is stored as signed, never a 500', async () => {
    const hostile = 'a\u0000b\u202e<script>\u007f';
    const attributes = { asset_ref: hostile, target_urn: hostile, intent_id: hostile };
    const code = await codeOf(
      telemetry(federation, { payload: payload({ severity: 'critical' }, attributes) }),
    );
    expect(['202', 'schema_invalid']).toContain(code);
    const operator = await codeOf(telemetry(federation, { operator_id: `${OPERATOR}\u0000` }));
    expect(['operator_not_mapped', 'schema_invalid']).toContain(operator);
    expect(await codeOf(graph(federation, { graph: { target_urn: hostile } }))).toMatch(/202|schema_invalid/);
    expect(await codeOf(query(federation))).toBe('200');
  });
});

function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${sortedJson((value as Record<string, unknown>)[key])}`).join(',')}}`;
}
