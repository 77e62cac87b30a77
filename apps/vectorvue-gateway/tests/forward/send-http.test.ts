import { createHmac, createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import {
  createPki,
  freePort,
  type IssuedCertificate,
  type Pki,
  temporaryDirectory,
} from '@nyxera/federation-testing';
import { openSender } from '../../src/forward/open-sender.ts';
import { retryAfterMs } from '../../src/forward/send-http.ts';
import type { Sender } from '../../src/forward/sender.ts';
import { forwardFile } from '../../src/forward/settings.ts';
import { newParty } from '../store/requests.ts';
import { forEachStore } from '../store/stores.ts';
import { records } from './entries.ts';
import { append, range, runForwarder } from './run-forwarder.ts';

interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of several shapes
  readonly json: any;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
const OK: Handler = (_, response) => {
  response.writeHead(200);
  response.end('{"text":"Success","code":0}');
};
const status =
  (code: number, headers: Record<string, string> = {}): Handler =>
  (_, response) => {
    response.writeHead(code, headers);
    response.end('secret-of-the-receiver');
  };

const NOW = Date.UTC(2026, 1, 26, 12, 0, 0);
const directory = temporaryDirectory('send-http');
let pki: Pki;
let certificate: IssuedCertificate;
let server: Server;
let posted: Posted[] = [];
let handlers: Handler[] = [];
let open: Sender[] = [];

beforeAll(async () => {
  pki = await createPki(join(directory.path, 'pki'));
  certificate = await pki.issue({ name: 'server', ips: ['127.0.0.1'], server: true });
});
beforeEach(async () => {
  server = createServer({ cert: certificate.certPem, key: certificate.keyPem }, (request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      posted.push({ headers: request.headers, text, json: parse(text) });
      (handlers.shift() ?? OK)(request, response);
    });
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  for (const sender of open) await sender.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  posted = [];
  handlers = [];
  open = [];
});
afterAll(() => directory.remove());

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function senderTo(
  over: Record<string, unknown> = {},
  tls: Record<string, unknown> = {},
): Promise<Sender> {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const destination = forwardFile.parse({
    version: 1,
    destinations: [
      {
        name: 'siem',
        type: 'http',
        url: `https://127.0.0.1:${address.port}/in?x=1`,
        format: 'entry',
        timeout_seconds: 3,
        tls: { ca_file: pki.caCertPath, ...tls },
        ...over,
      },
    ],
  }).destinations[0];
  if (destination === undefined) throw new Error('no destination');
  const opened = await openSender(destination, { hostname: 'gateway-1', now: () => NOW });
  if (!opened.ok) throw new Error(JSON.stringify(opened.problems));
  open.push(opened.sender);
  return opened.sender;
}

function secretFile(name: string, text: string): string {
  const path = join(directory.path, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

describe('HTTP', () => {
  test('webhook: one object, with the secret from its file', async () => {
    const sender = await senderTo({ authorization_file: secretFile('token', 'Bearer s3cret\n') });
    const sent = records(3);
    expect(await sender.send(sent)).toEqual({ ok: true });
    expect(posted).toHaveLength(1);
    expect(posted[0]?.headers).toMatchObject({
      authorization: 'Bearer s3cret',
      'content-type': 'application/json',
    });
    expect(posted[0]?.json).toMatchObject({
      source: 'vectorvue-gateway',
      destination: 'siem',
      format: 'entry',
    });
    expect(posted[0]?.json.records).toEqual(sent.map((record) => record.json));
    // A retry is the same message, other records are another one.
    await sender.send(sent);
    await sender.send(sent.slice(1));
    const ids = posted.map((each) => each.headers['webhook-id']);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  test('ndjson and the shape of Splunk HEC', async () => {
    const sent = records(2);
    await (await senderTo({ shape: 'ndjson' })).send(sent);
    expect(posted[0]?.text.split('\n').slice(0, -1).map(parse)).toEqual(sent.map((record) => record.json));
    const hec = await senderTo({
      shape: 'hec',
      hec: { index: 'audit' },
      authorization_file: secretFile('hec', 'Splunk 00000000-0000-0000-0000-000000000000'),
    });
    await hec.send(sent);
    expect(posted[1]?.headers.authorization).toMatch(/^Splunk /);
    expect(posted[1]?.text.split('\n').slice(0, -1).map(parse)).toEqual(
      sent.map((record) => ({
        time: record.entry.recordedAt.getTime() / 1000,
        host: 'gateway-1',
        source: 'vectorvue-gateway',
        sourcetype: 'vectorvue:audit',
        index: 'audit',
        event: record.json,
        fields: { vectorvue_id: record.id, vectorvue_code: 'accepted', vectorvue_level: 'info' },
      })),
    );
  });

  test('a body signed with HMAC-SHA256, as Standard Webhooks has it', async () => {
    const secret = Buffer.alloc(32, 7);
    const path = secretFile('hmac', `whsec_${secret.toString('base64')}\n`);
    await (await senderTo({ sign: { hmac_secret_file: path } })).send(records(2));
    const { headers, text } = posted[0] as Posted;
    expect(headers['webhook-timestamp']).toBe(String(NOW / 1000));
    const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`;
    expect(headers['webhook-signature']).toBe(
      `v1,${createHmac('sha256', secret).update(content).digest('base64')}`,
    );
    expect(headers['webhook-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  test('a body signed with Ed25519 through key custody', async () => {
    const path = join(directory.path, 'alert.key');
    const key = await generateKeyFile(path);
    await (await senderTo({ sign: { ed25519_key: path } })).send(records(2));
    const { headers, text } = posted[0] as Posted;
    const [version, signature = ''] = String(headers['webhook-signature']).split(',');
    expect(version).toBe('v1a');
    const jwk = {
      kty: 'OKP',
      crv: 'Ed25519',
      x: Buffer.from(key.toBase64(), 'base64').toString('base64url'),
    };
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    const check = (content: string): boolean =>
      verify(null, Buffer.from(content), publicKey, Buffer.from(signature, 'base64'));
    const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`;
    expect(check(content)).toBe(true);
    expect(check(content.replace('"sequence":0', '"sequence":9'))).toBe(false);
  });

  test.each([
    ['500', status(500), { code: 'refused', detail: 'status 500' }],
    ['400', status(400), { code: 'refused', detail: 'status 400' }],
    [
      'a redirect, which nobody follows',
      status(307, { location: 'https://127.0.0.1:1/' }),
      { code: 'refused', detail: 'status 307' },
    ],
    [
      '429 with Retry-After',
      status(429, { 'retry-after': '7' }),
      { code: 'refused', detail: 'status 429', retryAfterMs: 7_000 },
    ],
    [
      '503 with a date',
      status(503, { 'retry-after': new Date(NOW + 90_000).toUTCString() }),
      { code: 'refused', detail: 'status 503', retryAfterMs: 90_000 },
    ],
    ['no answer', () => undefined, { code: 'timeout' }],
    [
      'a cut after the body',
      (request: IncomingMessage) => void request.socket.destroy(),
      { code: 'connection_cut' },
    ],
    [
      'a cut within the answer',
      (request: IncomingMessage, response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '100' }).write('half');
        setTimeout(() => request.socket.destroy(), 20);
      },
      { code: 'connection_cut' },
    ],
    [
      'an answer that never ends',
      (_: IncomingMessage, response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half');
      },
      { code: 'timeout' },
    ],
  ] as const)('%s is no delivery, and says nothing of what was answered', async (_, handler, expected) => {
    handlers.push(handler as Handler);
    const sender = await senderTo();
    const result = await sender.send(records(1));
    expect(result).toMatchObject({ ok: false, ...expected });
    expect(JSON.stringify(result)).not.toContain('secret-of-the-receiver');
    // The next one goes through, on whatever connection.
    expect(await sender.send(records(1))).toEqual({ ok: true });
  });

  test('a slow answer within the time is one', async () => {
    handlers.push((request, response) => void setTimeout(() => OK(request, response), 200));
    expect(await (await senderTo()).send(records(1))).toEqual({ ok: true });
  });

  test('an answer longer than is worth reading is still an answer', async () => {
    handlers.push((_, response) => void response.writeHead(200).end('x'.repeat(1_000_000)));
    expect(await (await senderTo()).send(records(1))).toEqual({ ok: true });
  });

  test('413: halved until it fits; a single record that does not says so', async () => {
    const limited: Handler = (request, response) =>
      (posted.at(-1)?.json.records.length > 2 ? status(413) : OK)(request, response);
    handlers.push(...Array.from({ length: 20 }, () => limited));
    const sender = await senderTo();
    expect(await sender.send(records(7))).toEqual({ ok: true });
    const taken = posted.filter((each) => each.json.records.length <= 2).flatMap((each) => each.json.records);
    expect(taken.map((record: { sequence: number }) => record.sequence)).toEqual(range(0, 7));
    handlers = [status(413)];
    expect(await sender.send(records(1))).toMatchObject({ ok: false, detail: 'status 413' });
  });

  test('a wrong certificate gets no byte, least of all the secret', async () => {
    const other = await createPki(join(directory.path, 'other'));
    const token = secretFile('t', 'Bearer s3cret');
    for (const [tls, detail] of [
      [{ ca_file: other.caCertPath }, expect.any(String)],
      [{ pins: ['0'.repeat(64)] }, 'RECEIVER_PIN_MISMATCH'],
      [{ server_name: 'siem.example' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ] as const) {
      const sender = await senderTo({ authorization_file: token }, tls);
      expect(await sender.send(records(1))).toMatchObject({ ok: false, code: 'certificate_refused', detail });
    }
    expect(posted).toEqual([]);
    expect(await (await senderTo({}, { pins: [certificate.sha256] })).send(records(1))).toEqual({ ok: true });
  });

  test('nobody listens', async () => {
    const sender = await senderTo({ url: `https://127.0.0.1:${await freePort()}/` });
    expect(await sender.send(records(1))).toMatchObject({
      ok: false,
      code: 'connection_failed',
      detail: 'ECONNREFUSED',
    });
  });

  test('Retry-After in other forms asks for nothing', () => {
    for (const value of [undefined, '', '-1', '1.5', '1e9', 'soon', '9999999999']) {
      expect(retryAfterMs(value, NOW)).toBeUndefined();
    }
    expect(retryAfterMs('Thu, 26 Feb 2026 11:00:00 GMT', NOW)).toBe(0);
  });
});

forEachStore('forwarding by HTTP', (store) => {
  test('through errors, slowness and cuts: at least once, in order, the same ids', async () => {
    const cut: Handler = (request) => void request.socket.destroy();
    handlers.push(
      status(500),
      OK,
      cut,
      status(429, { 'retry-after': '0' }),
      OK,
      () => undefined,
      cut,
      OK,
      status(503),
    );
    const sender = await senderTo({ timeout_seconds: 0.2 });
    const from = await append(store().db, newParty(), 60);
    const forwarder = await runForwarder(store(), sender, {
      name: 'http',
      batch: { max_records: 10, max_bytes: 1e6 },
    });
    await forwarder.caughtUp();
    await forwarder.stop();
    const seen = posted.flatMap((each) => each.json.records as { sequence: number; id: string }[]);
    expect([...new Set(seen.map((record) => record.sequence))]).toEqual(range(0, from + 60));
    expect(seen.length).toBeGreaterThan(from + 60);
    const ids = new Map(seen.map((record) => [record.sequence, record.id]));
    expect(seen.every((record) => ids.get(record.sequence) === record.id)).toBe(true);
  });
});
