import { hostname as machineName } from 'node:os';
import type { Registry } from 'prom-client';
import type { Clock } from '../accept/gateway.ts';
import type { StoreSettings } from '../config/gateway-config.ts';
import type { Logger } from '../logging.ts';
import type { Database } from '../store/database.ts';
import { openDatabase } from '../store/open-database.ts';
import { Cursors } from './cursor.ts';
import { hangDoorbell } from './doorbell.ts';
import { Forwarder } from './forwarder.ts';
import { measureForwarding } from './measure.ts';
import { openSender } from './open-sender.ts';
import { readForwardStatus } from './read-status.ts';
import type { DestinationSettings } from './settings.ts';

export interface ForwardingParts {
  readonly destinations: readonly DestinationSettings[];
  readonly store: StoreSettings;
  /** The gateway's own database, for what is no forwarding: the bell and the numbers. */
  readonly db: Database;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Default Math.random; only for jitter. */
  readonly random?: () => number;
}

/**
 * Forwards to every destination in the background until disposed of. One process at a time forwards to each, however
 * many run this with the same settings.
 *
 * On PostgreSQL it has a connection of its own, so that ingestion waits neither for it nor for a receiver. The
 * embedded database has one connection; there a page of the log is read between two commits.
 */
export async function startForwarding(parts: ForwardingParts): Promise<AsyncDisposable> {
  const { destinations, db, logger, clock } = parts;
  const metrics = measureForwarding(parts.registry, () => readForwardStatus(db));
  if (destinations.length === 0) return { [Symbol.asyncDispose]: async () => undefined };

  await using undo = new AsyncDisposableStack();
  const own = db.kind === 'embedded' ? db : await openOwn(parts.store, logger);
  if (own !== db) undo.defer(() => own.close());
  const doorbell = await hangDoorbell(db);
  undo.defer(() => doorbell.close());
  const cursors = new Cursors(own);
  const stop = new AbortController();
  const running: Promise<void>[] = [];
  undo.defer(async () => {
    stop.abort();
    await Promise.all(running);
  });
  for (const settings of destinations) {
    const opened = await openSender(settings, { hostname: machineName(), now: () => clock.now() });
    if (!opened.ok) throw new Error(`the files of the destination ${settings.name} cannot be used any more`);
    const forwarder = new Forwarder({
      settings,
      sender: opened.sender,
      db: own,
      cursors,
      doorbell,
      logger,
      now: () => clock.now(),
      random: parts.random ?? Math.random,
      onAttempt: (outcome, entries) => metrics.attempted(settings.name, outcome, entries),
    });
    running.push(forwarder.run(stop.signal));
  }
  const held = undo.move();
  return { [Symbol.asyncDispose]: () => held.disposeAsync() };
}

function openOwn(store: StoreSettings, logger: Logger): Promise<Database> {
  const { databaseUrl, dataDir } = store;
  return openDatabase({ databaseUrl, dataDir, role: 'serve', logger, poolSize: 1 });
}
