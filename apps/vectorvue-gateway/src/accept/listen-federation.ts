import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import { Server as NetServer, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { GatewayConfig, TlsSettings } from '../config/gateway-config.ts';
import type { HttpApp } from '../http-app.ts';
import { describeFault } from '../logging.ts';
import type { Metrics } from '../metrics.ts';
import { createMtlsServer } from '../mtls-server.ts';
import { clientAddressOf } from '../tls/client-addresses.ts';
import { ConnectionCensus } from '../tls/connection-census.ts';
import { type Expiry, expiriesOf } from '../tls/expiries.ts';
import { peerAuthorities } from '../tls/peer-authorities.ts';
import { requireProxyHeader } from '../tls/require-proxy-header.ts';
import { secureContext } from '../tls/secure-context.ts';
import { answerMalformedHttp } from './answer-malformed-http.ts';
import { deferred } from './deferred.ts';
import type { Gateway } from './gateway.ts';
import { limitConnections } from './limit-connections.ts';
import { listen } from './listen.ts';
import { newRequestId } from './request-id.ts';

/** How long answered connections may take to end by themselves, milliseconds. */
const FLUSH_MS = 500;

export interface FederationListener {
  /** `host:port` as bound. */
  readonly listen: string;
  /** From the next handshake on; connections that are there go on as they are. */
  reload(tls: TlsSettings): void;
  /** Of what is loaded, and of the client certificates that were seen. */
  expiries(): readonly Expiry[];
  /** Accepts nothing new; resolves when the last connection has ended, or after the drain time. */
  drain(): Promise<void>;
  /** Accepts nothing new, ends idle connections, waits for answers up to the shutdown time, and ends the rest. */
  close(): Promise<void>;
}

/** Ties the mTLS server, the HTTP application and their failure events together. */
export async function listenFederation(
  config: GatewayConfig,
  app: HttpApp,
  gateway: Gateway,
  metrics: Metrics,
): Promise<FederationListener> {
  const server = createMtlsServer(config.tls, config.limits);
  const sockets = new Set<Socket>();
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    // A target that is no path (absolute form, `*`, a fragment, noise) would be parsed by a lenient URL parser: it is
    // no path of ours, whatever that parser makes of it.
    if (!/^\/(?!\/)[^#]*$/.test(request.url ?? '')) request.url = '/no-path';
    app.handle(request, response);
  };
  server.on('request', answer);
  // Headers are judged before a body is asked for, so `Expect` gets no answer of Node's own.
  server.on('checkContinue', answer);
  server.on('checkExpectation', answer);
  server.on('connect', (_request, socket) => socket.destroy());
  server.on('tlsClientError', (fault: Error, socket: TLSSocket) => {
    const reason = handshakeReason(fault, socket);
    metrics.handshakeFailed(reason);
    gateway.journal.stranger('tls.handshake_failed', reason, clientAddressOf(socket));
    socket.destroy();
  });
  server.on('clientError', (fault, socket) => {
    const client = clientAddressOf(socket as Socket);
    const reason = answerMalformedHttp(fault, socket, app.exchanges, newRequestId());
    metrics.malformedHttp(reason);
    if (reason !== 'OTHER') gateway.journal.stranger('http.malformed', reason, client);
  });
  limitConnections(server, config.limits, (reason, client) => {
    metrics.connectionRefused(reason);
    gateway.journal.stranger('connection.refused', reason, client);
  });
  if (config.proxyProtocolFrom.length > 0) {
    requireProxyHeader(server, {
      from: config.proxyProtocolFrom,
      timeoutMs: config.limits.handshakeTimeoutMs,
      onFault: (fault, client) => {
        metrics.proxyHeaderFailed(fault);
        gateway.journal.stranger('proxy_header.refused', fault, client);
      },
    });
  }
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const census = watchConnections(server, app, gateway, metrics);
  metrics.connections(() => sockets.size);
  metrics.bodyBytesInFlight(() => app.exchanges.heldBytes);

  let loaded = expiriesOf(config.tls);
  const address = await listen(server, config.listen);
  server.on('error', (fault) => gateway.logger.error('listener.failed', describeFault(fault)));
  return {
    listen: address,
    reload: (tls) => {
      server.setSecureContext(secureContext(tls));
      census.judgeBy(peerAuthorities(tls));
      loaded = expiriesOf(tls);
    },
    expiries: () => [...loaded, ...census.expiries()],
    drain: () => drain(server, app, sockets, config.limits.drainTimeoutMs),
    close: async (): Promise<void> => {
      app.beginShutdown();
      census[Symbol.dispose]();
      const closed = deferred();
      server.close(() => closed.resolve());
      const deadline = new AbortController();
      await Promise.race([app.exchanges.idle(), delay(config.limits.shutdownTimeoutMs, deadline.signal)]);
      deadline.abort();
      // Answers say `Connection: close`; what is still there after a moment has nothing to wait for.
      await Promise.race([closed.promise, delay(FLUSH_MS, new AbortController().signal)]);
      for (const socket of sockets) socket.destroy();
      await closed.promise;
    },
  };
}

/**
 * A connection that is ended while it is idle can cross with a request on its way, which is then lost. So nothing is
 * ended here: every answer from now on says `Connection: close`, and a connection ends with its next answer. One that
 * stays silent for the whole drain time is left to `close`. Node's own `close` of an HTTPS server ends idle
 * connections at once, therefore that of the TCP server below it, which only stops accepting.
 */
async function drain(server: Server, app: HttpApp, sockets: Set<Socket>, patienceMs: number): Promise<void> {
  app.beginShutdown();
  const closed = deferred();
  NetServer.prototype.close.call(server, () => closed.resolve());
  const deadline = new AbortController();
  if (sockets.size > 0) await Promise.race([closed.promise, delay(patienceMs, deadline.signal)]);
  deadline.abort();
}

/** Ends connections whose certificate was trusted in their handshake and is not any more. */
function watchConnections(
  server: Server,
  app: HttpApp,
  gateway: Gateway,
  metrics: Metrics,
): ConnectionCensus {
  const census = new ConnectionCensus({
    trust: gateway.trust,
    now: () => gateway.clock.now(),
    endAfterAnswer: (socket) => app.endAfterAnswer(socket),
    onClosed: (reason, { certificateSha256, identities }) => {
      metrics.connectionWithdrawn(reason);
      gateway.logger.warn('connection.withdrawn', {
        class: 'security',
        reason,
        peer_sha256: certificateSha256,
        identities: [...identities],
      });
    },
  });
  server.on('secureConnection', (socket: TLSSocket) => census.add(socket));
  return census;
}

/**
 * From OpenSSL's and Node's closed sets of codes; anything else is counted together. A certificate that is not accepted
 * ends a handshake without an error of its own: then the socket knows why (CERT_REVOKED, CRL_HAS_EXPIRED).
 */
function handshakeReason(fault: Error, socket: TLSSocket): string {
  const refused: unknown = socket.authorizationError;
  const code = typeof refused === 'string' ? refused : (fault as { code?: unknown }).code;
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : 'OTHER';
}

function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = deferred();
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    resolve();
  });
  return promise;
}
