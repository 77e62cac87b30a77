import { Agent } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPki } from '@nyxera/federation-testing';
import { deferred } from '../../src/accept/deferred.ts';
import { endpointOf, openSocket, readToEnd, send } from '../support/client.ts';
import { createFederation, type Federation } from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { PATHS, type Prepared, telemetry } from '../support/requests.ts';

let federation: Federation;
let gateway: TestGateway;

beforeAll(async () => {
  federation = await createFederation();
  gateway = await startTestGateway(federation, {
    VV_TG_HEADERS_TIMEOUT_SECONDS: '2',
    VV_TG_REQUEST_TIMEOUT_SECONDS: '2',
    VV_TG_HANDSHAKE_TIMEOUT_SECONDS: '2',
    VV_TG_REFUSAL_SAMPLES_PER_MINUTE: '1000',
  });
});
afterAll(async () => {
  await gateway?.close();
  federation.remove();
});

interface Handshake {
  readonly fault: string | null;
  readonly text: string;
}

/** Tries to speak to the gateway; TLS 1.3 lets a client think it is connected before it is refused. */
async function attempt(options: ConnectionOptions): Promise<Handshake> {
  const { promise, resolve } = deferred<Handshake>();
  let text = '';
  let fault: string | null = null;
  const socket = connect({ ...endpointOf(gateway.listen), ca: federation.pki.caCertPem, ...options });
  socket.on('secureConnect', () =>
    socket.write(`POST ${PATHS.telemetry} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`),
  );
  socket.on('data', (chunk) => {
    text += String(chunk);
    socket.end();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    fault = error.code ?? error.message;
  });
  socket.on('close', () => resolve({ fault, text }));
  return promise;
}

describe('who gets no HTTP at all', () => {
  test('a stranger without a certificate', async () => {
    const { fault, text } = await attempt({});
    expect(text).toBe('');
    expect(fault).toMatch(/CERTIFICATE_REQUIRED|ECONNRESET|ALERT/i);
  });

  test('a certificate of another CA', async () => {
    const other = await createPki(`${federation.directory}/other-pki`);
    const { certPem, keyPem } = await other.issue({ name: 'client', client: true });
    expect((await attempt({ cert: certPem, key: keyPem })).text).toBe('');
  });

  test('an expired certificate', async () => {
    const past = new Date(Date.now() - 86_400_000);
    const { certPem, keyPem } = await federation.pki.issue({ name: 'expired', client: true, notAfter: past });
    expect((await attempt({ cert: certPem, key: keyPem })).text).toBe('');
  });

  test('a TLS 1.2 offer', async () => {
    const { certPem: cert, keyPem: key } = federation.client;
    const { fault, text } = await attempt({ cert, key, maxVersion: 'TLSv1.2' });
    expect(text).toBe('');
    expect(fault).toMatch(/PROTOCOL_VERSION|ECONNRESET/);
  });

  test('plain HTTP', async () => {
    const { host, port } = endpointOf(gateway.listen);
    const socket = connectTcp(port, host);
    const { promise, resolve } = deferred<string>();
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.on('close', () => resolve(text));
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await promise).not.toContain('HTTP/1.1 ');
  });

  test('someone who connects and says nothing', async () => {
    const { host, port } = endpointOf(gateway.listen);
    const socket = connectTcp(port, host);
    const { promise, resolve } = deferred();
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
    await promise;
  });

  test('all of them are counted, and sampled in the log as security', async () => {
    const metrics = await (await fetch(`http://${gateway.adminListen}/metrics`)).text();
    expect(metrics).toMatch(/vectorvue_tls_handshake_failures_total\{reason="[A-Z0-9_]+"\} [1-9]/);
    const lines = gateway.lines().filter((line) => line.message === 'tls.handshake_failed');
    expect(lines.length).toBeGreaterThanOrEqual(4);
    expect(lines.every((line) => line.class === 'security')).toBe(true);
  });
});

test('a session is never resumed: trust that is withdrawn must not outlive its connection', async () => {
  const { certPem: cert, keyPem: key } = federation.client;
  const options = { ...endpointOf(gateway.listen), ca: federation.pki.caCertPem, cert, key };
  let session: Buffer | undefined;
  for (let round = 0; round < 2; round += 1) {
    const socket = connect({ ...options, ...(session === undefined ? {} : { session }) });
    socket.on('session', (offered: Buffer) => {
      session = offered;
    });
    const { promise, resolve } = deferred();
    let reused: boolean | null = null;
    socket.on('secureConnect', () => {
      reused = socket.isSessionReused();
      socket.write(`GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    });
    socket.on('close', () => resolve());
    socket.resume();
    await promise;
    expect(reused).toBe(false);
  }
});

/** What was answered first, and whether anything followed it. */
async function exchange(text: string | Buffer, end = false): Promise<string> {
  const socket = await openSocket(federation, gateway.listen);
  const received = readToEnd(socket);
  socket.write(text);
  if (end) socket.end();
  return received;
}

function head(prepared: Prepared, extra: readonly string[]): string {
  const lines = prepared.headers.map(([name, value]) => `${name}: ${value}`);
  return [`POST ${prepared.path} HTTP/1.1`, 'Host: x', ...lines, ...extra, '', ''].join('\r\n');
}

describe('HTTP as it must not be spoken', () => {
  test.each<[string, (valid: Prepared) => string | Buffer]>([
    [
      'both Content-Length and Transfer-Encoding',
      (valid) => `${head(valid, ['Content-Length: 5', 'Transfer-Encoding: chunked'])}0\r\n\r\n`,
    ],
    ['two Content-Lengths', (valid) => `${head(valid, ['Content-Length: 5', 'Content-Length: 6'])}hello!`],
    ['a Content-Length with a sign', (valid) => `${head(valid, ['Content-Length: +5'])}hello`],
    ['a space before the colon', (valid) => `${head(valid, ['Content-Length : 5'])}hello`],
    ['a folded header', (valid) => `${head(valid, ['X-A: b\r\n folded', 'Content-Length: 0'])}`],
    ['a bare line feed', () => `POST ${PATHS.telemetry} HTTP/1.1\nHost: x\nContent-Length: 0\n\n`],
    [
      'chunked that is not the last coding',
      (valid) => `${head(valid, ['Transfer-Encoding: chunked, gzip'])}0\r\n\r\n`,
    ],
    ['a chunk size that is no number', (valid) => `${head(valid, ['Transfer-Encoding: chunked'])}zz\r\n`],
    ['a header of 20 KiB', (valid) => head(valid, [`X-Long: ${'a'.repeat(20_480)}`, 'Content-Length: 0'])],
    ['binary noise', () => Buffer.from([0, 1, 2, 3, 0x0a, 0x0a])],
  ])('%s: one 4xx with a request id, then the connection ends', async (_name, write) => {
    const before = await gateway.count('events');
    const answer = await exchange(write(telemetry(federation)));
    const statuses = answer.match(/HTTP\/1\.1 [0-9]{3}/g) ?? [];
    expect(statuses).toEqual([expect.stringMatching(/^HTTP\/1\.1 4[0-9]{2}$/)]);
    expect(answer).toMatch(/application\/problem\+json/);
    expect(answer).toMatch(/"request_id":"[0-9a-f-]{36}"/);
    expect(await gateway.count('events')).toBe(before);
  });

  test('a malformed request behind one in flight does not take its answer', async () => {
    const valid = telemetry(federation);
    const first = Buffer.concat([
      Buffer.from(head(valid, [`Content-Length: ${valid.body.length}`])),
      valid.body,
    ]);
    const answer = await exchange(Buffer.concat([first, Buffer.from('BROKEN\r\n\r\n')]));
    expect(answer).not.toMatch(/HTTP\/1\.1 400[\s\S]*HTTP\/1\.1 202/);
    expect((answer.match(/HTTP\/1\.1 /g) ?? []).length).toBeLessThanOrEqual(1);
  });

  test('a gzip coding before chunked is not taken for the signed bytes', async () => {
    const answer = await exchange(
      `${head(telemetry(federation), ['Transfer-Encoding: gzip, chunked', 'Connection: close'])}0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 (415|400)/);
  });

  test.each(['CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'])(
    '%j ends the connection',
    async (text) => {
      expect(await exchange(text)).not.toMatch(/ 20[0-9] /);
    },
  );
});

describe('bodies', () => {
  test('a chunked body over 1 MiB is refused while it streams, and the answer arrives', async () => {
    const socket = await openSocket(federation, gateway.listen);
    const received = readToEnd(socket);
    socket.write(head(telemetry(federation), ['Transfer-Encoding: chunked']));
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    for (let sent = 0; sent < 64 && !socket.destroyed; sent += 1) socket.write(chunk);
    const answer = await received;
    expect(answer).toMatch(/^HTTP\/1\.1 413/);
    expect(answer).toMatch(/payload_too_large/);
    expect(answer).toMatch(/Connection: close/i);
  });

  test('an announced body over 1 MiB is refused before it is sent, without 100 Continue', async () => {
    const answer = await exchange(
      head(telemetry(federation), ['Content-Length: 104857600', 'Expect: 100-continue']),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413/);
  });

  test('100 Continue comes where the headers are good', async () => {
    const valid = telemetry(federation);
    const socket = await openSocket(federation, gateway.listen);
    const received = readToEnd(socket);
    socket.write(
      head(valid, [`Content-Length: ${valid.body.length}`, 'Expect: 100-continue', 'Connection: close']),
    );
    await once(socket);
    socket.write(valid.body);
    expect(await received).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202/);
  });

  test('a chunked body within bounds is accepted', async () => {
    const valid = telemetry(federation);
    const size = valid.body.length.toString(16);
    const answer = await exchange(
      Buffer.concat([
        Buffer.from(head(valid, ['Transfer-Encoding: chunked', 'Connection: close'])),
        Buffer.from(`${size}\r\n`),
        valid.body,
        Buffer.from('\r\n0\r\n\r\n'),
      ]),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 202/);
  });

  test.each([
    ['headers', (valid: Prepared) => head(valid, []).slice(0, 60)],
    ['a body', (valid: Prepared) => `${head(valid, ['Content-Length: 100'])}{`],
  ])('%s that do not come end in a time-out, not in a hang', async (_name, write) => {
    expect(await exchange(write(telemetry(federation)))).toMatch(/^HTTP\/1\.1 408/);
  });

  test('a peer that leaves in the middle of its body leaves nothing', async () => {
    const before = await gateway.count('audit_log');
    const socket = await openSocket(federation, gateway.listen);
    socket.write(`${head(telemetry(federation), ['Content-Length: 1000'])}{`);
    socket.destroy();
    expect((await send(federation, gateway.listen, telemetry(federation))).status).toBe(202);
    expect(await gateway.count('audit_log')).toBe(before + 1);
  });
});

describe('connections', () => {
  test('one connection carries many requests, refused ones among them', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    agent.on('free', (socket: TLSSocket) => ports.add(socket.localPort));
    try {
      const statuses: number[] = [];
      for (const path of [PATHS.telemetry, '/nothing', PATHS.telemetry]) {
        statuses.push(
          (await send(federation, gateway.listen, { ...telemetry(federation), path }, { agent })).status,
        );
      }
      expect(statuses).toEqual([202, 404, 202]);
      expect(ports.size).toBe(1);
    } finally {
      agent.destroy();
    }
  });

  test('pipelined requests are answered in order', async () => {
    const requests = [telemetry(federation), telemetry(federation)].map((valid, index) =>
      Buffer.concat([
        Buffer.from(
          head(valid, [
            `Content-Length: ${valid.body.length}`,
            ...(index === 1 ? ['Connection: close'] : []),
          ]),
        ),
        valid.body,
      ]),
    );
    const answer = await exchange(Buffer.concat(requests));
    expect(answer.match(/HTTP\/1\.1 202/g)).toHaveLength(2);
  });

  test('no answer says who made it, and none may be cached', async () => {
    const { headers } = await send(federation, gateway.listen, telemetry(federation));
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers.etag).toBeUndefined();
    expect(headers['cache-control']).toBe('no-store');
  });
});

function once(socket: TLSSocket): Promise<void> {
  const { promise, resolve } = deferred();
  socket.once('data', () => resolve());
  return promise;
}
