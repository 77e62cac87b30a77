import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { MAX_BATCH_BYTES, readTraceparent, type WireErrorCode } from '@nyxera/federation-protocol';
import express from 'express';
import { type Answer, problem } from './accept/answer.ts';
import { cosignatureRoute, registerAuditReads } from './accept/audit-routes.ts';
import { type Exchange, Exchanges } from './accept/exchange.ts';
import type { Gateway } from './accept/gateway.ts';
import type { InboundRequest } from './accept/inbound-request.ts';
import type { UnvouchedRequest } from './accept/journal.ts';
import type { LoopGuard } from './accept/loop-guard.ts';
import { receiveBody } from './accept/receive-body.ts';
import { newRequestId } from './accept/request-id.ts';
import { writeAnswer } from './accept/write-answer.ts';
import { acceptEvidenceBundle } from './accept-evidence-bundle.ts';
import { acceptExecutionGraph } from './accept-execution-graph.ts';
import { acceptFeedbackQuery } from './accept-feedback-query.ts';
import { acceptKeyExchange } from './accept-key-exchange.ts';
import { acceptTelemetry } from './accept-telemetry.ts';
import { acceptTelemetryBatch } from './accept-telemetry-batch.ts';
import type { Limits } from './config/gateway-config.ts';
import { inFrontOf } from './in-front-of-express.ts';
import { describeFault } from './logging.ts';
import type { Metrics } from './metrics.ts';
import { peerOf } from './mtls-server.ts';
import type { Endpoint } from './store/commit-types.ts';
import { clientAddressOf } from './tls/client-addresses.ts';

/** Seconds. As for a store that is away: short enough not to idle an agent. */
const SHED_RETRY_SECONDS = 2;

type ShedReason = 'body_bytes' | 'event_loop_delay';

export interface Route {
  readonly path: string;
  readonly endpoint: Endpoint;
  readonly accept: (gateway: Gateway, request: InboundRequest) => Promise<Answer>;
  /** Where it is not the common limit. */
  readonly maxBodyBytes?: number;
}

/** PROTOCOL.md section 6. Each is a POST and exact: no trailing slash, no other letter case. The log's: audit-routes.ts. */
const ROUTES: readonly Route[] = [
  { path: '/internal/v1/telemetry', endpoint: 'telemetry', accept: acceptTelemetry },
  {
    path: '/internal/v1/telemetry/batch',
    endpoint: 'telemetry-batch',
    accept: acceptTelemetryBatch,
    maxBodyBytes: MAX_BATCH_BYTES,
  },
  {
    path: '/internal/v1/cognitive/execution-graph',
    endpoint: 'execution-graph',
    accept: acceptExecutionGraph,
  },
  {
    path: '/internal/v1/cognitive/feedback/adjustments/query',
    endpoint: 'feedback-query',
    accept: acceptFeedbackQuery,
  },
  { path: '/internal/v1/federation/verify', endpoint: 'evidence-bundle', accept: acceptEvidenceBundle },
  { path: '/internal/v1/federation/keys', endpoint: 'key-exchange', accept: acceptKeyExchange },
];

export interface HttpApp {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  readonly exchanges: Exchanges;
  /** From now on every answer ends its connection. */
  beginShutdown(): void;
  /** The next answer on that connection is its last. False: no request on it waits for one. */
  endAfterAnswer(socket: Socket): boolean;
}

/**
 * The HTTP frame of the federation listener: steps 1 and 2 of PROTOCOL.md section 5, one request id per
 * request, one answer, RFC 9457 for every error. No body parser: a body is read only after its type and its
 * announced size were looked at, and parsed only after its signature verified. It never redirects.
 */
export function createHttpApp(
  gateway: Gateway,
  metrics: Metrics,
  limits: Pick<Limits, 'maxBodyBytes' | 'maxBodyBytesInFlight'>,
  guard: Pick<LoopGuard, 'shedding'>,
): HttpApp {
  const exchanges = new Exchanges(limits.maxBodyBytesInFlight);
  const app = express();
  let closing = false;
  const ending = new WeakSet<Socket>();
  app.disable('x-powered-by');
  app.set('etag', false);
  // Whatever the environment says: Express's own error page would show a stack.
  app.set('env', 'production');
  app.set('case sensitive routing', true);
  app.set('strict routing', true);
  app.set('query parser', false);

  const open = (request: IncomingMessage, response: ServerResponse, endpoint: Endpoint | null): Exchange => {
    const startedAtMs = gateway.clock.now();
    const read = readTraceparent(request.rawHeaders);
    if (read === 'malformed') metrics.traceparentMalformed();
    const trace = read === 'malformed' ? null : read;
    const exchange = { requestId: newRequestId(), endpoint, startedAtMs, request, trace, heldBytes: 0 };
    exchanges.open(exchange, response);
    (request as Opened)[EXCHANGE] = exchange;
    return exchange;
  };
  const answer = (exchange: Exchange, response: ServerResponse, answer: Answer, allow?: string): void => {
    const endpoint = exchange.endpoint ?? 'none';
    if (answer.kind === 'drop') metrics.dropped(endpoint);
    else {
      const seconds = Math.max(0, gateway.clock.now() - exchange.startedAtMs) / 1000;
      metrics.answered(endpoint, answer.kind === 'problem' ? answer.code : 'accepted', seconds);
    }
    writeAnswer(exchange.request, response, exchange.requestId, answer, {
      closing: closing || ending.has(exchange.request.socket),
      ...(allow === undefined ? {} : { allow }),
    });
  };
  const refuse = async (
    exchange: Exchange,
    response: ServerResponse,
    code: WireErrorCode,
    allow?: string,
  ): Promise<void> => {
    await gateway.journal.sampled(unvouched(exchange), code);
    answer(exchange, response, problem(code), allow);
  };
  /** Step 3 of PROTOCOL.md section 5, before anything is known or computed: this process has no room for it now. */
  const shed = (exchange: Exchange, response: ServerResponse, reason: ShedReason): void => {
    metrics.shed(reason);
    gateway.journal.shed(unvouched(exchange), reason);
    answer(exchange, response, problem('service_unavailable', { retryAfterSeconds: SHED_RETRY_SECONDS }));
  };

  const receive = async (route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { endpoint } = route;
    const exchange = open(request, response, endpoint);
    const body = await receiveBody(exchange, response, route.maxBodyBytes ?? limits.maxBodyBytes, exchanges);
    if (body === null) return;
    if (!body.ok) {
      if (body.code === 'service_unavailable') return shed(exchange, response, 'body_bytes');
      return refuse(exchange, response, body.code as WireErrorCode);
    }
    if (guard.shedding) return shed(exchange, response, 'event_loop_delay');
    const peer = peerOf(request.socket as TLSSocket);
    if (peer === null) return refuse(exchange, response, 'peer_identity_rejected');
    const { requestId, trace } = exchange;
    const { rawHeaders } = request;
    const receivedAtMs = gateway.clock.now();
    const inbound = { requestId, receivedAtMs, endpoint, peer, rawHeaders, trace, body: body.value };
    answer(exchange, response, await route.accept(gateway, inbound));
  };
  const fail = (fault: unknown, request: IncomingMessage, response: ServerResponse): void => {
    const exchange = (request as Opened)[EXCHANGE] ?? open(request, response, null);
    gateway.logger.error('request.failed', { request_id: exchange.requestId, ...describeFault(fault) });
    answer(exchange, response, problem('internal_error'));
  };

  const log = gateway.auditLog;
  const routes = log === null ? ROUTES : [...ROUTES, cosignatureRoute(log)];
  for (const route of routes) {
    app.post(route.path, (request, response) => receive(route, request, response));
    app.all(route.path, (request, response) =>
      refuse(open(request, response, route.endpoint), response, 'method_not_allowed', 'POST'),
    );
  }
  if (log !== null) {
    registerAuditReads(app, gateway, log, {
      open,
      answer,
      refuse,
      shed: (exchange, response) => {
        if (guard.shedding) shed(exchange, response, 'event_loop_delay');
        return guard.shedding;
      },
    });
  }
  app.use((request, response) => refuse(open(request, response, null), response, 'not_found'));
  // Four parameters: that is how Express knows an error handler.
  app.use(
    (fault: unknown, request: express.Request, response: express.Response, _next: express.NextFunction) =>
      fail(fault, request, response),
  );
  return {
    handle: inFrontOf(app, { routes, receive, fail }),
    exchanges,
    beginShutdown: () => {
      closing = true;
    },
    endAfterAnswer: (socket) => {
      ending.add(socket);
      return exchanges.of(socket).length > 0;
    },
  };
}

function unvouched({
  request,
  requestId,
  endpoint,
  trace,
  startedAtMs: receivedAtMs,
}: Exchange): UnvouchedRequest {
  const peer = peerOf(request.socket as TLSSocket);
  return {
    requestId,
    endpoint,
    peerSha256: peer?.certificateSha256 ?? null,
    clientAddress: clientAddressOf(request.socket),
    receivedAtMs,
    trace,
  };
}

/** On the request itself: a weak map of every request is work for every collection. */
const EXCHANGE = Symbol('exchange');
type Opened = IncomingMessage & { [EXCHANGE]?: Exchange };
