/**
 * The document that integrators get: what is committed, printed and served is what the sources say, it is valid OpenAPI 3.1,
 * its patterns are those of the parsers, and a running gateway answers as it says.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseIdentityHeaders, parseSignatureHeaders } from '@nyxera/federation-protocol';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { WIRE_CODES } from '../../src/openapi/answer-schemas.ts';
import { buildOpenApi } from '../../src/openapi/build-document.ts';
import { HEADER_PARAMETERS } from '../../src/openapi/header-parameters.ts';
import { COMMON_CODES, OPERATIONS } from '../../src/openapi/operations.ts';
import { openApiText } from '../../src/openapi/write-document.ts';
import { type Received, send } from '../support/client.ts';
import { createFederation, type Federation } from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { bundle, graph, type Prepared, query, telemetry } from '../support/requests.ts';

const document = buildOpenApi();
const DOCUMENT_URL = 'https://document.example/federation.json';

test('what is committed is what the sources say', () => {
  const committed = readFileSync(new URL('../../openapi/federation.json', import.meta.url), 'utf8');
  expect(committed === openApiText()).toBe(true);
});

test('it is valid OpenAPI 3.1, and the validator says no to a fault', async () => {
  const validator = new Validator();
  expect(await validator.validate(structuredClone(document))).toMatchObject({ valid: true });
  expect(validator.version).toBe('3.1');
  const broken = { ...structuredClone(document), paths: { '/a': { post: { responses: [] } } } };
  expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
});

test('every code of the wire is an answer of some endpoint', () => {
  const named = new Set([...COMMON_CODES, ...OPERATIONS.flatMap(({ codes }) => codes)]);
  expect(WIRE_CODES.filter((code) => !named.has(code))).toEqual([]);
});

function patternOf(name: string): string {
  const found = Object.values(HEADER_PARAMETERS).find((parameter) => parameter.name === name);
  return (found?.schema as { readonly pattern: string } | undefined)?.pattern ?? '(?!)';
}

describe('the patterns of the headers are those of the parser', () => {
  const values: Readonly<Record<string, string>> = {
    'X-Service-Identity': 'agent',
    'X-Client-Cert-Sha256': 'ab'.repeat(32),
    'X-Telemetry-Timestamp': '1772107200',
    'X-Telemetry-Nonce': 'nonce-00000001',
    'X-Telemetry-Signature': Buffer.alloc(64, 9).toString('base64'),
    'X-Telemetry-Key-Id': 'kid-1',
  };
  const parse = (headers: Readonly<Record<string, string>>): boolean => {
    const raw = Object.entries(headers).flat();
    return parseIdentityHeaders(raw).ok && parseSignatureHeaders(raw).ok;
  };

  test.each(Object.keys(values))('%s', (name) => {
    const pattern = new RegExp(patternOf(name));
    expect([parse(values), pattern.test(values[name] ?? '')]).toEqual([true, true]);
    const near = fc
      .tuple(fc.nat(150), fc.constantFrom('', ' ', 'A', '0', 'g', '=', '+', '_', '\u00e9', 'é', '\n', ':'))
      .map(([at, put]) => `${(values[name] ?? '').slice(0, at)}${put}${(values[name] ?? '').slice(at + 1)}`);
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ maxLength: 140 })), (value) => {
        expect([value, parse({ ...values, [name]: value })]).toEqual([value, pattern.test(value)]);
      }),
      { numRuns: 400 },
    );
  });
});

describe('a running gateway', () => {
  let federation: Federation;
  let gateway: TestGateway;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: DOCUMENT_URL, ...document });

  beforeAll(async () => {
    federation = await createFederation();
    gateway = await startTestGateway(federation);
  });
  afterAll(async () => {
    await gateway?.close();
    federation?.remove();
  });

  /** Errors of an answer against the response that the document gives for its status. */
  const judge = (path: string, method: string, received: Received): unknown => {
    const pointer = ['paths', path, method, 'responses', String(received.status), 'content'];
    const content = pointer.reduce<unknown>(
      (node, key) => (node as Record<string, unknown> | undefined)?.[key],
      document,
    );
    const mediaType = String(received.headers['content-type']);
    if ((content as Record<string, unknown> | undefined)?.[mediaType] === undefined)
      return `no answer ${received.status} ${mediaType}`;
    const escaped = [...pointer, mediaType, 'schema'].map((key) =>
      encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1')),
    );
    const validate = ajv.compile({ $ref: `${DOCUMENT_URL}#/${escaped.join('/')}` });
    return validate(received.json) ? null : validate.errors;
  };
  const ask = async (prepared: Prepared): Promise<[number, unknown]> => {
    const received = await send(federation, gateway.listen, prepared);
    return [received.status, judge(prepared.path, 'post', received)];
  };

  test('answers as the document says, when it accepts and when it refuses', async () => {
    expect(await ask(telemetry(federation))).toEqual([202, null]);
    expect(await ask(graph(federation))).toEqual([202, null]);
    expect(await ask(query(federation))).toEqual([200, null]);
    expect(await ask(bundle(federation))).toEqual([200, null]);
    expect(await ask(telemetry(federation, { timestamp: 5 }))).toEqual([401, null]);
    expect(await ask(telemetry(federation, { zzz: 1 }))).toEqual([422, null]);
    expect(await ask(telemetry(federation, { operator_id: 'nobody' }))).toEqual([403, null]);
    const replayed = telemetry(federation);
    await ask(replayed);
    expect(await ask(replayed)).toEqual([409, null]);
    // A judge that cannot say no would prove nothing.
    const received = await send(federation, gateway.listen, telemetry(federation));
    expect(judge('/internal/v1/telemetry', 'post', { ...received, json: { accepted: false } })).toHaveLength(
      4,
    );
    expect(judge('/internal/v1/telemetry', 'post', { ...received, status: 418 })).toBe(
      'no answer 418 application/json',
    );
  });

  test('has every path of the document, and no other endpoint than those', async () => {
    for (const { path, method } of OPERATIONS.filter(({ path }) => !path.includes('{'))) {
      const prepared = { path, headers: [], body: Buffer.alloc(0) } as const;
      const received = await send(federation, gateway.listen, prepared, {
        method: method === 'get' ? 'DELETE' : 'PUT',
      });
      const known = path.startsWith('/internal/v1/audit/') ? [404, 405] : [405];
      expect(known).toContain(received.status);
    }
  });

  test('serves the document on the administration listener only', async () => {
    const served = await fetch(`http://${gateway.adminListen}/openapi.json`);
    expect([served.status, (await served.text()) === openApiText()]).toEqual([200, true]);
    expect((await fetch(`http://${gateway.adminListen}/openapi.json`, { method: 'POST' })).status).toBe(405);
    const prepared = { path: '/openapi.json', headers: [], body: Buffer.alloc(0) };
    expect((await send(federation, gateway.listen, prepared, { method: 'GET' })).status).toBe(404);
  });
});
