import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Peer } from './accept/inbound-request.ts';
import { uriNames } from './accept/uri-names.ts';
import type { Limits, TlsSettings } from './config/gateway-config.ts';
import { clientAddressOf } from './tls/client-addresses.ts';
import { secureContext } from './tls/secure-context.ts';

/** How often Node looks for connections that exceed the header or request time, milliseconds. */
const TIMEOUT_CHECK_INTERVAL_MS = 1000;

/**
 * The federation listener (PROTOCOL.md section 1): TLS 1.3, client certificate required and verified against
 * the configured CA in the handshake. Without a certificate that verifies there is no HTTP at all.
 */
export function createMtlsServer(tls: TlsSettings, limits: Limits): Server {
  const server = createServer({
    ...secureContext(tls),
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: limits.handshakeTimeoutMs,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
    maxHeaderSize: limits.maxHeaderBytes,
    // An HTTP/1.1 request without Host is answered by http-app.ts like any other, not by Node's bare 400.
    requireHostHeader: false,
    insecureHTTPParser: false,
    highWaterMark: 65_536,
    noDelay: true,
  });
  server.maxConnections = limits.maxConnections;
  // Among workers Node would hand what one does not take to the next, round and round where all are full.
  Object.assign(server, { dropMaxConnection: true });
  server.maxRequestsPerSocket = limits.maxRequestsPerConnection;
  // Node drops headers silently beyond a count, which would hide the repetition of one; bytes are bounded above.
  server.maxHeadersCount = 0;
  // A peer that neither sends nor reads for this long is gone; longer than any request may take.
  server.timeout = limits.requestTimeoutMs + limits.keepAliveTimeoutMs;
  return server;
}

const peers = new WeakMap<Socket, Peer>();

/** The certificate that the socket itself presented, hashed once per connection; null if there is none. */
export function peerOf(socket: TLSSocket): Peer | null {
  const known = peers.get(socket);
  if (known !== undefined) return known;
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return null;
  const peer: Peer = {
    address: clientAddressOf(socket),
    certificateSha256: createHash('sha256').update(certificate.raw).digest('hex'),
    notAfterMs: Date.parse(certificate.validTo),
    uriNames: uriNames(certificate.subjectAltName),
    identities: new Set(),
  };
  peers.set(socket, peer);
  return peer;
}
