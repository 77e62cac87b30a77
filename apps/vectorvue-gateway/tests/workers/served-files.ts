import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { deferred } from '../../src/accept/deferred.ts';
import { openSocket } from '../support/client.ts';
import { telemetry } from '../support/requests.ts';
import type { Served, WorkersWorld } from './world.ts';

/** Files of its own that the test may change, and a gateway that reads them. */
export async function serveFiles(world: WorkersWorld, name: string, changes: Record<string, string>) {
  const { federation } = world;
  const path = (what: string) => join(federation.directory, `${name}-${what}`);
  const files = { cert: path('cert.pem'), key: path('key.pem'), ca: path('ca.pem') };
  copyFileSync(federation.server.certPath, files.cert);
  copyFileSync(federation.server.keyPath, files.key);
  copyFileSync(federation.pki.caCertPath, files.ca);
  const served = await world.serve({
    VV_SERVICE_IDENTITY_CERT_PATH: files.cert,
    VV_SERVICE_IDENTITY_KEY_PATH: files.key,
    VV_SERVICE_IDENTITY_CA_PATH: files.ca,
    ...changes,
  });
  return { served, files };
}

/** What a new handshake is shown: lower-case hex SHA-256. */
export async function presentedBy(world: WorkersWorld, served: Served): Promise<string> {
  const socket = await openSocket(world.federation, served.listen);
  const fingerprint = socket.getPeerX509Certificate()?.fingerprint256 ?? '';
  socket.destroy();
  return fingerprint.replaceAll(':', '').toLowerCase();
}

/** Sends an event on a connection that is there, and reads the status line. */
export async function askOn(world: Pick<WorkersWorld, 'federation'>, socket: TLSSocket): Promise<string> {
  const request = telemetry(world.federation);
  const head = [
    `POST ${request.path} HTTP/1.1`,
    'Host: x',
    ...request.headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${request.body.length}`,
  ];
  const answered = deferred<string>();
  socket.once('data', (chunk) => answered.resolve(String(chunk)));
  socket.once('close', () => answered.reject(new Error('the connection was closed')));
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  socket.write(request.body);
  return (await answered.promise).split('\r\n')[0] ?? '';
}
