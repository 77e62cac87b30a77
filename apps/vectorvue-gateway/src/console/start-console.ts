import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../accept/gateway.ts';
import type { Logger } from '../logging.ts';
import type { Database, Statement } from '../store/database.ts';
import { openDatabase } from '../store/open-database.ts';
import { StoreError } from '../store/store-error.ts';
import type { ConsoleParts } from './console-parts.ts';
import type { ConsoleGateway } from './context.ts';
import { handleRequest } from './handle-request.ts';
import type { ConsoleAddress } from './http/check-host.ts';
import { PerMinute, Slots } from './http/in-flight.ts';
import { LiveSessions } from './session/live-sessions.ts';
import { type OidcProvider, openProvider } from './session/oidc-provider.ts';
import { findConsoleFiles } from './static-files.ts';

/** Connections to PostgreSQL that the console may have, and how long a statement of its may take, milliseconds. */
const READ_CONNECTIONS = 3;
const WRITE_CONNECTIONS = 2;
const STATEMENT_TIMEOUT_MS = 10_000;
/** At once: calls, live views, downloads. */
const CALLS_AT_ONCE = 16;
const LIVE_AT_ONCE = 64;
const DOWNLOADS_AT_ONCE = 8;
/** In a minute: audited refusals of one session, and attempts to sign in. */
const REFUSALS_PER_MINUTE = 30;
const ATTEMPTS_PER_MINUTE = 30;

const SEES_ALL: Statement = {
  name: 'console-reader-v1',
  text: 'SELECT reader_sees_all() AS sees_all, session_user::text AS login',
};

export interface ConsoleStart {
  readonly gateway: ConsoleGateway;
  /** Of the gateway; the embedded one is shared, PostgreSQL gets connections of its own. */
  readonly db: Database;
  readonly address: ConsoleAddress;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RunningConsole {
  handle(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

/** Opens what the console reads and writes with. Throws StoreError where the login may not read as vectorvue_read. */
export async function startConsole(start: ConsoleStart): Promise<RunningConsole> {
  await using undo = new AsyncDisposableStack();
  const { config } = start.gateway;
  const open = async (role: 'read' | 'serve', poolSize: number): Promise<Database> => {
    if (start.db.kind === 'embedded') return start.db;
    const { databaseUrl, dataDir } = config.store;
    const { logger } = start;
    const db = await openDatabase({
      databaseUrl,
      dataDir,
      role,
      logger,
      poolSize,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    });
    undo.defer(() => db.close());
    return db;
  };
  const reads = await open('read', READ_CONNECTIONS);
  if (reads.kind === 'postgres') await requireReader(reads);
  const writes = await open('serve', WRITE_CONNECTIONS);
  const parts: ConsoleParts = {
    reads,
    writes,
    gateway: start.gateway,
    clock: start.clock,
    logger: start.logger,
    address: start.address,
    times: { idleSeconds: config.console.idleSeconds, absoluteSeconds: config.console.sessionSeconds },
    provider: providerOf(start),
    slots: new Slots(CALLS_AT_ONCE),
    live: new Slots(LIVE_AT_ONCE),
    downloads: new Slots(DOWNLOADS_AT_ONCE),
    liveSessions: new LiveSessions(writes, () => start.clock.now()),
    refusals: new PerMinute(REFUSALS_PER_MINUTE),
    attempts: new PerMinute(ATTEMPTS_PER_MINUTE),
  };
  const folder = await findConsoleFiles();
  const held = undo.move();
  return {
    handle: (request, response) => void handleRequest(parts, folder, request, response),
    close: () => held.disposeAsync(),
  };
}

/** A login without a row in tenant_readers would see nothing, and everybody would wonder why. */
async function requireReader(db: Database): Promise<void> {
  const [row] = await db.query<{ sees_all: boolean; login: string }>(SEES_ALL);
  if (row?.sees_all === true) return;
  throw new StoreError(
    'privilege_missing',
    `the console needs a reader of all tenants: INSERT INTO federation.tenant_readers VALUES ('${row?.login ?? ''}', '*')`,
  );
}

/** One that did not answer is asked again by the next who wants to sign in. */
function providerOf({ gateway }: ConsoleStart): () => Promise<OidcProvider> {
  const { oidc } = gateway.config.console;
  let opening: Promise<OidcProvider> | null = null;
  return () => {
    if (oidc === null) return Promise.reject(new Error('no identity provider is configured'));
    opening ??= openProvider(oidc).catch((fault: unknown) => {
      opening = null;
      throw fault;
    });
    return opening;
  };
}
