import { type ConnectionOptions, connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deferred } from '../../src/accept/deferred.ts';
import { endpointOf } from '../support/client.ts';
import { createFederation, type Federation } from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

let federation: Federation;
let gateway: TestGateway;

beforeAll(async () => {
  federation = await createFederation();
  gateway = await startTestGateway(federation, { VV_TG_TLS_MIN_VERSION: '1.2' });
});
afterAll(async () => {
  await gateway?.close();
  federation.remove();
});

interface Spoken {
  readonly protocol: string | null;
  readonly reused: boolean;
  readonly session: Buffer | undefined;
}

/** One connection with one request on it; null where it could not be made. */
async function speak(options: ConnectionOptions): Promise<Spoken | null> {
  const { certPem: cert, keyPem: key } = federation.client;
  const socket = connect({
    ...endpointOf(gateway.listen),
    ca: federation.pki.caCertPem,
    cert,
    key,
    ...options,
  });
  const { promise, resolve } = deferred<Spoken | null>();
  let session: Buffer | undefined;
  let spoken: Omit<Spoken, 'session'> | null = null;
  socket.on('session', (offered: Buffer) => {
    session = offered;
  });
  socket.on('error', () => undefined);
  socket.on('secureConnect', () => {
    spoken = { protocol: socket.getProtocol(), reused: socket.isSessionReused() };
    session ??= socket.getSession();
    socket.write('GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  });
  socket.on('close', () => resolve(spoken === null ? null : { ...spoken, session }));
  socket.resume();
  return promise;
}

test('TLS 1.2 by explicit setting, and even then no session is resumed', async () => {
  const first = await speak({ maxVersion: 'TLSv1.2' });
  expect(first).toMatchObject({ protocol: 'TLSv1.2', reused: false });
  const session = first?.session;
  expect(session).toBeDefined();
  const second = await speak({ maxVersion: 'TLSv1.2', ...(session === undefined ? {} : { session }) });
  expect(second).toMatchObject({ protocol: 'TLSv1.2', reused: false });
});

test('never lower', async () => {
  expect(await speak({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })).toBeNull();
});
