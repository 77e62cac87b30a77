import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { WireErrorCode } from '@nyxera/federation-protocol';
import type { Express } from 'express';
import { acceptAuditRead } from '../accept-audit-read.ts';
import { acceptCosignature } from '../accept-cosignature.ts';
import type { Route } from '../http-app.ts';
import { peerOf } from '../mtls-server.ts';
import type { Endpoint } from '../store/commit-types.ts';
import type { Answer } from './answer.ts';
import { AUDIT_PREFIX, type AuditTarget, COSIGNATURE_PATH, parseAuditTarget } from './audit-target.ts';
import type { Exchange } from './exchange.ts';
import type { AuditLog, Gateway } from './gateway.ts';
import type { InboundRequest } from './inbound-request.ts';

/** What the HTTP frame lends to an endpoint: one request id, one answer. */
export interface HttpFrame {
  open(request: IncomingMessage, response: ServerResponse, endpoint: Endpoint): Exchange;
  answer(exchange: Exchange, response: ServerResponse, answer: Answer): void;
  refuse(exchange: Exchange, response: ServerResponse, code: WireErrorCode, allow?: string): Promise<void>;
  /** True: this process has no room for it now, and that was answered. */
  shed(exchange: Exchange, response: ServerResponse): boolean;
}

const ENDPOINT_OF: { readonly [K in AuditTarget['kind']]: Endpoint } = {
  checkpoint: 'audit-checkpoint',
  tile: 'audit-tile',
  receipt: 'audit-receipt',
};

/** Cosignatures are posted like everything else (PROTOCOL.md section 19). */
export function cosignatureRoute(log: AuditLog): Route {
  return {
    path: COSIGNATURE_PATH,
    endpoint: 'audit-cosignature',
    accept: (gateway, request) => acceptCosignature(gateway, log, request),
  };
}

/** The signed GETs of the audit log on the federation port (PROTOCOL.md section 19); without a log they do not exist. */
export function registerAuditReads(app: Express, gateway: Gateway, log: AuditLog, frame: HttpFrame): void {
  app.use(async (request, response, next) => {
    // The target as it came, query included: that is what was signed.
    const { url } = request;
    const target = url.startsWith(AUDIT_PREFIX) ? parseAuditTarget(url.slice(AUDIT_PREFIX.length)) : null;
    if (target === null) return next();
    const exchange = frame.open(request, response, ENDPOINT_OF[target.kind]);
    if (request.method !== 'GET') return frame.refuse(exchange, response, 'method_not_allowed', 'GET');
    if (announcesBody(request)) return frame.refuse(exchange, response, 'payload_too_large');
    if (frame.shed(exchange, response)) return;
    const peer = peerOf(request.socket as TLSSocket);
    if (peer === null) return frame.refuse(exchange, response, 'peer_identity_rejected');
    const inbound: InboundRequest = {
      requestId: exchange.requestId,
      receivedAtMs: gateway.clock.now(),
      endpoint: ENDPOINT_OF[target.kind],
      peer,
      rawHeaders: request.rawHeaders,
      trace: exchange.trace,
      body: Buffer.from(url, 'latin1'),
    };
    frame.answer(exchange, response, await acceptAuditRead(gateway, log, target, inbound));
  });
}

/** A GET has no body here: it would be bytes that nobody signed. */
function announcesBody(request: IncomingMessage): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
  return coding !== undefined || length !== '0';
}
