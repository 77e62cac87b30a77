import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';

interface Party {
  readonly certPem: string;
  readonly keyPem: string;
}

/** What each side says of the other: the SHA-256 of the certificate it accepted, or the code of its refusal. */
export interface HandshakeOutcome {
  readonly server: string;
  readonly client: string;
}

/** One mutual TLS 1.3 handshake on loopback, name `localhost`. */
export async function handshake(
  server: Party,
  clientsCa: string,
  client: Party,
  serversCa: string,
): Promise<HandshakeOutcome> {
  let seen = 'no session';
  const listener = createServer({
    cert: server.certPem,
    key: server.keyPem,
    ca: clientsCa,
    requestCert: true,
    // Judged below instead of cut off, so that the reason can be compared.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
  });
  listener.on('secureConnection', (socket) => {
    seen = socket.authorized ? peerSha256(socket) : String(socket.authorizationError);
    socket.on('error', () => {});
    socket.end('.');
  });
  listener.on('tlsClientError', () => {});
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: serversCa,
    cert: client.certPem,
    key: client.keyPem,
    minVersion: 'TLSv1.3',
  });
  const outcome = await new Promise<string>((resolve) => {
    socket.once('secureConnect', () => {
      const sha256 = peerSha256(socket);
      // The server has judged the client once its first byte arrives.
      socket.once('data', () => resolve(sha256));
    });
    socket.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  });
  socket.destroy();
  await new Promise((resolve) => listener.close(resolve));
  return { server: seen, client: outcome };
}

function peerSha256(socket: TLSSocket): string {
  return createHash('sha256').update(socket.getPeerCertificate().raw).digest('hex');
}
