import { constants as cryptoConstants } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import express from 'express';
import { deferred } from './accept/deferred.ts';
import { listen } from './accept/listen.ts';
import type { LogReader } from './audit/log-reader.ts';
import type { ConsoleTls } from './config/console-settings.ts';
import type { ListenAddress } from './config/gateway-config.ts';
import { answerPlainly } from './console/plain-answers.ts';
import type { Metrics } from './metrics.ts';
import { openApiText } from './openapi/write-document.ts';
import { serveLog } from './serve-log.ts';

/** Scrapers, probes and people; live views of a console take one each. */
const MAX_CONNECTIONS = 512;

/** Reasons against being ready; none: ready. */
export type ReadinessReasons = () => Promise<readonly string[]>;

export type ConsoleHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface AdminListener {
  /** `host:port` as bound. */
  readonly listen: string;
  /** From now on `/readyz` asks this; until the first call the gateway is not ready. */
  reportReadiness(reasons: ReadinessReasons): void;
  /** From now on the transparency log is served below `/log/`. */
  serveLog(log: LogReader): void;
  /** From now on everything below `/console` is answered by this. */
  serveConsole(handle: ConsoleHandler): void;
  /** The Prometheus text, and the reasons against being ready, as this listener tells them. */
  metricsText(): Promise<string>;
  readinessReasons(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/**
 * The administration listener (PROTOCOL.md section 6): alive, ready, metrics, the transparency log, and the OpenAPI document of the federation port. Plain HTTP without
 * authentication, therefore on loopback unless configured otherwise, and never on the federation port.
 * All that changes nothing and shows no secret; what does is the console's, which asks who it is (`src/console`).
 *
 * With `tls` the whole listener speaks TLS 1.3, for scrapers and probes too (one port cannot be both): they need no client
 * certificate, as they need no login without TLS. `metricsText`: where the metrics of several processes are one.
 */
export async function startAdmin(
  address: ListenAddress,
  metrics: Metrics,
  options: { readonly metricsText?: () => Promise<string>; readonly tls?: ConsoleTls | null } = {},
): Promise<AdminListener> {
  const { metricsText = () => metrics.registry.metrics(), tls = null } = options;
  let reasons: ReadinessReasons = async () => ['starting: the store is not open yet'];
  let log: LogReader | null = null;
  let console: ConsoleHandler = (_request, response) =>
    answerPlainly(response, 'starting', 'the store is not open yet');
  const server = createAdminServer(
    tls,
    () => reasons(),
    metrics,
    metricsText,
    () => log,
    () => console,
  );
  return {
    listen: await listen(server, address),
    reportReadiness: (next) => {
      reasons = next;
    },
    serveLog: (reader) => {
      log = reader;
    },
    serveConsole: (handle) => {
      console = handle;
    },
    metricsText,
    readinessReasons: () => reasons(),
    close: async () => {
      const closed = deferred();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

function createAdminServer(
  tls: ConsoleTls | null,
  readReasons: ReadinessReasons,
  metrics: Metrics,
  metricsText: () => Promise<string>,
  log: () => LogReader | null,
  console: () => ConsoleHandler,
): Server {
  const app = express();
  let openApi: string | null = null;
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use((_request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    next();
  });
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'alive' });
  });
  app.get('/readyz', async (_request, response) => {
    const reasons = await readReasons();
    metrics.ready(reasons.length === 0);
    response.status(reasons.length === 0 ? 200 : 503);
    response.json(reasons.length === 0 ? { status: 'ready' } : { status: 'not ready', reasons });
  });
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metricsText());
  });
  app.get('/openapi.json', (_request, response) => {
    openApi ??= openApiText();
    response.type('application/json').send(openApi);
  });
  app.all(['/healthz', '/readyz', '/metrics', '/openapi.json'], (_request, response) => {
    response.status(405).setHeader('Allow', 'GET, HEAD').json({ status: 'method not allowed' });
  });
  serveLog(app, log);
  app.use((_request, response) => {
    response.status(404).json({ status: 'not found' });
  });
  // Four parameters: that is how Express knows an error handler. Without details: this listener has no login.
  app.use(
    (_fault: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
      response.status(500).json({ status: 'internal error' });
    },
  );
  return serverOf(tls, (request, response) => {
    const handle = isOfConsole(request.url ?? '') ? console() : app;
    handle(request, response);
  });
}

function serverOf(tls: ConsoleTls | null, handle: RequestListener): Server {
  const limits = {
    headersTimeout: 5000,
    requestTimeout: 10_000,
    keepAliveTimeout: 5000,
    connectionsCheckingInterval: 1000,
  };
  const server =
    tls === null
      ? createServer(limits, handle)
      : createTlsServer(
          {
            ...limits,
            cert: tls.certificatePem,
            key: tls.privateKeyPem,
            minVersion: 'TLSv1.3',
            // As on the federation listener (tls/secure-context.ts): each connection shows its certificate.
            secureOptions: cryptoConstants.SSL_OP_NO_TICKET,
            handshakeTimeout: 5000,
            ALPNProtocols: ['http/1.1'],
            // Asked for, not demanded: scrapers have none. What it opens, the console decides, by `authorized`.
            ...(tls.clientCaPem === null
              ? {}
              : { ca: tls.clientCaPem, requestCert: true, rejectUnauthorized: false }),
          },
          handle,
        );
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

/** Exactly that folder, as it was sent: what a proxy or a decoder would make of it is not looked at. */
function isOfConsole(url: string): boolean {
  return /^\/console(?:[/?]|$)/.test(url);
}
