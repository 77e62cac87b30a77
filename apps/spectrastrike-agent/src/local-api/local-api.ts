import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import type { IntakeListener, IntakeSettings } from '../config.ts';
import type { DaemonContext, Running, Service } from '../daemon/service.ts';
import { Turns } from '../incoming/turns.ts';
import { StateFault } from '../state/state-fault.ts';
import { answerMalformed } from './answer-malformed.ts';
import { createApiApp } from './api-app.ts';
import { type ApiMetrics, createApiMetrics } from './api-metrics.ts';
import type { ApiContext } from './exchange.ts';
import { GatherEvents } from './gather-events.ts';
import { type Guard, guardLoopback, guardSocket } from './guard-request.ts';
import { BodyBudget } from './incoming-body.ts';
import { ownTokenFile, readIntakeToken } from './intake-token.ts';
import { type ApiLimits, DEFAULT_API_LIMITS, MAX_HEADER_BYTES } from './limits.ts';
import { hostNames, listenLoopback } from './listen-loopback.ts';
import { intakeSocket, listenUnix } from './listen-unix.ts';
import { observeSpool } from './spool-metrics.ts';

/** Requests under way get this long when the agent stops; then their connections are cut. Milliseconds. */
const CLOSE_GRACE_MS = 5000;

export interface LocalApiOptions {
  readonly limits?: ApiLimits;
  readonly metrics?: ApiMetrics;
  readonly reportTurns?: Turns;
}

/**
 * The local intake API: a unix socket in the data directory, loopback ports with a token, or both. It answers only
 * programs of this machine (`guard-request.ts`), keeps every limit of `limits.ts`, and acknowledges what the spool
 * has fsynced.
 */
export function localApi(options: LocalApiOptions = {}): Service {
  return {
    name: 'local-api',
    start: (agent) => start(agent, agent.config().intake, options),
  };
}

async function start(
  agent: DaemonContext,
  settings: IntakeSettings,
  options: LocalApiOptions,
): Promise<Running> {
  const limits = options.limits ?? DEFAULT_API_LIMITS;
  const metrics = options.metrics ?? createApiMetrics();
  const context: ApiContext = {
    agent,
    limits,
    metrics,
    budget: new BodyBudget(limits.heldBytes),
    eventTurns: new Turns(1),
    gathered: new GatherEvents(agent.spool, setImmediate),
    reportTurns: options.reportTurns ?? new Turns(1),
    elapsed: () => performance.now(),
    breathe: () => turn(),
    requestId: randomUUID,
  };
  observeSpool(metrics.registry, agent);
  const servers: Server[] = [];
  const listening: string[] = [];
  try {
    for (const listener of settings.listeners) {
      const server = await open(context, listener, settings, listening);
      servers.push(server);
    }
  } catch (error) {
    await Promise.all(servers.map(close));
    throw error;
  }
  return {
    listen: listening.join(' '),
    status: () => ({
      mappings: [...agent.config().intake.mappings].map(([name, { sha256 }]) => ({ name, sha256 })),
    }),
    close: async () => {
      await Promise.all(servers.map(close));
    },
  };
}

async function open(
  context: ApiContext,
  listener: IntakeListener,
  settings: IntakeSettings,
  listening: string[],
): Promise<Server> {
  if (listener.kind === 'unix') {
    const path = listener.path ?? intakeSocket(context.agent.state.dataDir);
    const server = makeServer(context, guardSocket());
    await listenUnix(server, path);
    listening.push(`unix:${path}`);
    return server;
  }
  const own = ownTokenFile(context.agent.state.dataDir);
  const token = await readIntakeToken(settings.tokenFile ?? own, settings.tokenFile === null);
  if (!token.ok) throw new StateFault('state_permissions', `the token of the intake: ${token.problem}`);
  let hosts: readonly string[] = [];
  const server = makeServer(
    context,
    guardLoopback(() => hosts, token.token),
  );
  const address = await listenLoopback(server, listener.host, listener.port);
  hosts = hostNames(address);
  listening.push(hosts[0] ?? '');
  return server;
}

function makeServer(context: ApiContext, guard: Guard): Server {
  const { limits } = context;
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.headersMs,
      // The longest body; each handler has a shorter time of its own.
      requestTimeout: Math.max(limits.reportMs, limits.headersMs),
      keepAliveTimeout: 5000,
      connectionsCheckingInterval: Math.min(1000, limits.headersMs),
    },
    createApiApp(context, guard),
  );
  server.maxConnections = limits.connections;
  server.maxHeadersCount = 64;
  server.on('clientError', (fault, socket) => {
    context.metrics.malformed(answerMalformed(fault, socket, context.requestId()));
  });
  return server;
}

/** Node removes the socket file as it closes. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
