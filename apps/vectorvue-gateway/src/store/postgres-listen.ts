import pg from 'pg';
import { clientConfig, type PostgresOptions, reason } from './postgres-connection.ts';
import { StoreError } from './store-error.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

/**
 * LISTENs on a connection of its own. When that is lost it is made again, with a growing delay, and the callback
 * is called with an empty payload, because a NOTIFY may have been missed meanwhile. Resolves once it listens;
 * throws `unavailable` when that fails the first time.
 */
export async function listenOnPostgres(
  options: PostgresOptions,
  channel: string,
  onNotify: (payload: string) => void,
): Promise<() => Promise<void>> {
  let stopped = false;
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | null = null;
  let delay = FIRST_DELAY_MS;

  const connect = async (): Promise<void> => {
    const fresh = new pg.Client(clientConfig(options));
    let lost = false;
    const lose = (error?: Error) => {
      if (lost) return;
      lost = true;
      if (client !== fresh || stopped) return;
      client = null;
      options.logger.warn('store.listen_lost', { channel, reason: reason(error) });
      again();
    };
    // Before connect: an error event without a listener would end the process.
    fresh.on('error', lose);
    fresh.on('end', () => lose());
    fresh.on('notification', (message) => {
      if (message.channel === channel) onNotify(message.payload ?? '');
    });
    try {
      await fresh.connect();
      await fresh.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      lost = true;
      await fresh.end().catch(() => undefined);
      throw error;
    }
    if (stopped || lost) {
      await fresh.end().catch(() => undefined);
      if (lost && !stopped) throw new StoreError('unavailable', 'the listening connection was lost at once');
      return;
    }
    client = fresh;
    delay = FIRST_DELAY_MS;
  };

  const again = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      connect().then(
        () => {
          if (!stopped) onNotify('');
        },
        () => again(),
      );
    }, delay);
    timer.unref();
    delay = Math.min(delay * 2, LONGEST_DELAY_MS);
  };

  try {
    await connect();
  } catch (error) {
    throw new StoreError('unavailable', `cannot listen on the database (${reason(error)})`, { cause: error });
  }
  return async () => {
    stopped = true;
    if (timer !== null) clearTimeout(timer);
    await client?.end().catch(() => undefined);
  };
}
