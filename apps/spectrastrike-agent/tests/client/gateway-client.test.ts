import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createPki } from '@nyxera/federation-testing';
import { errorCodeIn, parseRetryAfter } from '../../src/gateway-client/read-answer.ts';
import type { GatewayClient } from '../../src/gateway-client.ts';
import { createSendSigned } from '../../src/prepare-envelope.ts';
import { type ClientChange, connectClient, createSuite, type Suite } from '../support/delivery-harness.ts';
import {
  type ScriptedGateway,
  type ScriptedOptions,
  startScriptedGateway,
} from '../support/scripted-gateway.ts';

const BODY = new TextEncoder().encode('{"a":1}');
let suite: Suite;
let gateway: ScriptedGateway;
let client: GatewayClient;

beforeAll(async () => {
  suite = await createSuite();
});
afterAll(() => suite.remove());
afterEach(async () => {
  client.close();
  await gateway.close();
});

async function connect(options: ScriptedOptions = {}, change: ClientChange = {}): Promise<void> {
  gateway = await startScriptedGateway(suite.pki, options);
  client = await connectClient(suite, gateway.url, change);
}

describe('before a request byte leaves', () => {
  test('the right pin passes, among several', async () => {
    await connect();
    client.close();
    const pins = ['ab'.repeat(32), gateway.certificate.sha256];
    client = await connectClient(suite, gateway.url, { tls: { serverPins: pins } });
    expect(await client.post('/x', BODY, {})).toMatchObject({ kind: 'answer', status: 202 });
    expect(gateway.applicationBytes).toBeGreaterThan(0);
  });

  test('a wrong pin: refused on every connection, and not one application byte was sent', async () => {
    await connect({}, { tls: { serverPins: ['ab'.repeat(32)] } });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(await client.post('/x', BODY, {})).toMatchObject({
        kind: 'untrusted',
        code: 'server_pin_mismatch',
      });
    }
    // What was on its way would have arrived by the time a later connection has been served.
    const allowed = await connectClient(suite, gateway.url);
    const before = gateway.applicationBytes;
    await allowed.post('/x', BODY, {});
    allowed.close();
    expect(before).toBe(0);
    expect(gateway.connections).toBe(4);
    expect(gateway.requests).toHaveLength(1);
  });

  test('a server of another authority, and one with another name', async () => {
    const strangers = await createPki(join(suite.directory, 'strangers'));
    await connect({ certificate: await strangers.issue({ name: 'server', server: true }) });
    expect(await client.post('/x', BODY, {})).toMatchObject({
      kind: 'untrusted',
      code: 'tls_verification_failed',
    });
    expect(gateway.applicationBytes).toBe(0);
    await gateway.close();
    client.close();
    const named = await suite.pki.issue({ name: 'named', server: true, dns: ['elsewhere.test'], ips: [] });
    await connect({ certificate: named });
    expect(await client.post('/x', BODY, {})).toMatchObject({
      kind: 'untrusted',
      code: 'tls_verification_failed',
      detail: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    });
    expect(gateway.applicationBytes).toBe(0);
  });

  test('an expired server certificate', async () => {
    const expired = await suite.pki.issue({
      name: 'expired',
      server: true,
      notBefore: new Date(Date.now() - 86_400_000),
      notAfter: new Date(Date.now() - 3_600_000),
    });
    await connect({ certificate: expired });
    expect(await client.post('/x', BODY, {})).toMatchObject({ code: 'tls_verification_failed' });
    expect(gateway.applicationBytes).toBe(0);
  });

  test('TLS 1.2 is refused, and taken by explicit setting only', async () => {
    await connect({ maxVersion: 'TLSv1.2' });
    expect(await client.post('/x', BODY, {})).toMatchObject({
      kind: 'untrusted',
      code: 'insecure_transport',
    });
    expect(gateway.applicationBytes).toBe(0);
    const lenient = await connectClient(suite, gateway.url, { tls: { minVersion: 'TLSv1.2' } });
    expect(await lenient.post('/x', BODY, {})).toMatchObject({ kind: 'answer', status: 202 });
    lenient.close();
  });

  // OpenSSL servers send an alert (tls_verification_failed); a Node server resets, which looks like an outage.
  test('a gateway that refuses our certificate: an outcome, and no request was read', async () => {
    const strangers = await createPki(join(suite.directory, 'strangers-2'));
    const stranger = await strangers.issue({ name: 'client', client: true });
    await connect({}, { tls: { certFile: stranger.certPath, keyFile: stranger.keyPath } });
    const outcome = await client.post('/x', BODY, {});
    expect(['untrusted', 'unreachable']).toContain(outcome.kind);
    expect(gateway.requests).toHaveLength(0);
  });

  test('a server that never finishes the handshake is a timeout, with nothing sent', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await connect();
    client.close();
    client = await connectClient(suite, `https://127.0.0.1:${port}`, { requestTimeoutMs: 200 });
    expect(await client.post('/x', BODY, {})).toMatchObject({ kind: 'unreachable', phase: 'connect' });
    client.close();
    silent.close();
  });
});

describe('answers', () => {
  test.each([301, 302, 303, 307, 308])('%d is refused, not followed', async (status) => {
    await connect({ script: () => ({ status, headers: { location: '/elsewhere' } }) });
    expect(await client.post('/x', BODY, {})).toMatchObject({ kind: 'untrusted', code: 'redirect_refused' });
    expect(gateway.requests).toHaveLength(1);
  });

  test.each([
    ['nothing', ''],
    ['HTML', '<html>'],
    ['an array', '[1,2]'],
    ['duplicate members', '{"error_code":"a","error_code":"b"}'],
    ['a code with escape sequences', '{"error_code":"\\u001b[31mred"}'],
    ['deep nesting', '['.repeat(5000)],
  ])('a body of %s is tolerated: the status stands', async (_, body) => {
    await connect({ script: () => ({ status: 422, body }) });
    expect(await client.post('/x', BODY, {})).toMatchObject({ kind: 'answer', status: 422, code: null });
  });

  test('an answer without end is given up at the limit, its status stands', async () => {
    await connect({ script: () => ({ status: 202, body: 'x'.repeat(17 * 1024 * 1024) }) });
    expect(await client.post('/x', BODY, {})).toMatchObject({ kind: 'answer', status: 202, body: null });
  });

  test('the code is found where deployed peers and ours put it', () => {
    expect(errorCodeIn({ errors: [{ error_code: 'a' }], error_code: 'b' })).toBe('a');
    expect(errorCodeIn({ error_code: 'b' })).toBe('b');
    expect(errorCodeIn({ type: 'urn:nyxera:federation:error:c', errors: [] })).toBe('c');
    expect(errorCodeIn({ detail: { error_code: 'd' } })).toBe('d');
    expect(errorCodeIn({ detail: 'text' })).toBeNull();
    expect(errorCodeIn(null)).toBeNull();
  });

  test('Retry-After in seconds, as a date against the gateway clock, and unreadable', () => {
    const now = Date.UTC(2026, 0, 1);
    const date = new Date(now + 3_600_000).toUTCString();
    const later = new Date(now + 3_630_000).toUTCString();
    expect(parseRetryAfter('120', null, now)).toBe(120_000);
    expect(parseRetryAfter('99999999999', null, now)).toBe(99_999_999_999_000);
    expect(parseRetryAfter(later, date, now)).toBe(30_000);
    expect(parseRetryAfter(new Date(now - 1000).toUTCString(), null, now)).toBe(0);
    for (const text of ['', '-1', '1.5', 'soon']) expect(parseRetryAfter(text, null, now)).toBeNull();
    expect(parseRetryAfter(undefined, null, now)).toBeNull();
  });
});

describe('keep-alive', () => {
  test('one connection serves one request after the other', async () => {
    await connect();
    for (let attempt = 0; attempt < 5; attempt += 1) await client.post('/x', BODY, {});
    expect(gateway.connections).toBe(1);
  });

  test('a connection that the gateway closed while idle: tried again at once with a fresh signature', async () => {
    let die = false;
    await connect({ script: (request) => (die && request.index === 1 ? 'reset' : { status: 202 }) });
    const sendSigned = createSendSigned({ client, signer: suite.signer, now: Date.now });
    const build = (timestamp: number, nonce: string) => `{"nonce":"${nonce}","timestamp":${timestamp}}`;
    await sendSigned('/x', build);
    die = true;
    const second = await sendSigned('/x', build);
    expect(second.outcome).toMatchObject({ kind: 'answer', status: 202 });
    expect(gateway.requests).toHaveLength(3);
    expect(new Set(gateway.requests.map((request) => request.nonce)).size).toBe(3);
    expect(new Set(gateway.requests.map((request) => request.headers['x-telemetry-signature'])).size).toBe(3);
    expect('nonce' in second && second.nonce).toBe(gateway.requests[2]?.nonce);
  });
});

describe('a GET', () => {
  test('brings the bytes of the answer as they came, and sends nothing but identity and what was asked for', async () => {
    await connect({ script: () => ({ status: 200, body: 'a note\nwith é\n' }) });
    const outcome = await client.get('/x/y', { 'X-Telemetry-Nonce': 'nonce-00000001' });
    if (outcome.kind !== 'answer' || outcome.bytes === null) throw new Error(outcome.kind);
    expect(Buffer.from(outcome.bytes).toString('utf8')).toBe('a note\nwith é\n');
    const [seen] = gateway.requests;
    expect(seen).toMatchObject({ path: '/x/y', headers: { 'x-telemetry-nonce': 'nonce-00000001' } });
    for (const name of ['content-length', 'transfer-encoding', 'content-type']) {
      expect(seen?.headers).not.toHaveProperty(name);
    }
    expect(seen?.headers).toMatchObject({ 'x-client-cert-sha256': client.clientCertSha256 });
  });

  test('of more than was asked for is cut off and said to be; of exactly that it is not', async () => {
    await connect({ script: () => ({ status: 200, body: 'x'.repeat(100) }) });
    expect(await client.get('/x', {}, 100)).toMatchObject({ kind: 'answer', bytes: { length: 100 } });
    expect(await client.get('/x', {}, 99)).toMatchObject({ kind: 'answer', status: 200, bytes: null });
  });

  test('follows no redirect, and a connection that is cut is no answer', async () => {
    await connect({ script: () => ({ status: 302, headers: { location: '/elsewhere' } }) });
    expect(await client.get('/x', {})).toMatchObject({ kind: 'untrusted', code: 'redirect_refused' });
    gateway.script = () => 'cut';
    expect(await client.get('/x', {})).toMatchObject({ kind: 'unreachable' });
  });

  test('a POST keeps no bytes of its answer', async () => {
    await connect();
    expect(await client.post('/x', BODY, {})).not.toHaveProperty('bytes');
  });
});
