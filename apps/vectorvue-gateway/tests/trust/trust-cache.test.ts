import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fakeClock, type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import type { Database, Statement } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { openTrustCache, type TrustCache } from '../../src/trust/trust-cache.ts';
import { importKey, moveKey, pinIdentity } from '../../src/trust/trust-store.ts';
import { author, makeKey, makePin } from './make-keys.ts';
import { SILENT } from './stores.ts';

const EMPTY = { tenants: [], operators: [], identities: [], pins: [], keys: [] };

/** A store of which a test says how it answers. */
function scriptedStore() {
  let version = 1;
  let answer: () => Promise<void> = async () => undefined;
  let notify: (payload: string) => void = () => undefined;
  const reads: string[] = [];
  const db = {
    kind: 'postgres',
    query: async (statement: Statement) => {
      reads.push(statement.name);
      const asked = version;
      await answer();
      return statement.name.startsWith('trust-load')
        ? [{ trust: JSON.stringify({ ...EMPTY, version: asked }) }]
        : [{ version: asked }];
    },
    transaction: () => Promise.reject(new Error('not here')),
    listen: async (_channel: string, onNotify: (payload: string) => void) => {
      notify = onNotify;
      return async () => undefined;
    },
    close: async () => undefined,
  } as unknown as Database;
  return {
    db,
    reads,
    change: () => {
      version += 1;
    },
    notify: () => notify(String(version)),
    answerWith: (next: () => Promise<void>) => {
      answer = next;
    },
  };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('trust cache', () => {
  const caches: TrustCache[] = [];
  const open = async (db: Database, options: Parameters<typeof openTrustCache>[1]) => {
    const cache = await openTrustCache(db, options);
    caches.push(cache);
    return cache;
  };
  afterAll(() => Promise.all(caches.map((cache) => cache.close())));

  test('a lost store makes trust stale, and its return makes it fresh again', async () => {
    const store = scriptedStore();
    const clock = fakeClock(1_000_000);
    const faults: unknown[] = [];
    const cache = await open(store.db, {
      now: () => clock.now(),
      pollIntervalMs: 3_600_000,
      staleAfterMs: 5000,
      onFault: (fault) => faults.push(fault),
    });
    store.answerWith(() => Promise.reject(new Error('away')));
    clock.advance(5000);
    expect(cache.current().stale).toBe(false);
    clock.advance(1);
    expect(cache.current()).toMatchObject({ stale: true, version: 1 });
    await expect(cache.refresh()).rejects.toThrow('away');
    expect(cache.current().stale).toBe(true);
    store.notify();
    await turn();
    expect(faults).toHaveLength(1);
    store.answerWith(async () => undefined);
    await cache.refresh();
    expect(cache.current().stale).toBe(false);
  });

  test('a clock that is set back does not keep a lost store looking confirmed', async () => {
    const store = scriptedStore();
    const clock = fakeClock(10_000_000);
    const cache = await open(store.db, {
      now: () => clock.now(),
      pollIntervalMs: 3_600_000,
      staleAfterMs: 5000,
    });
    clock.advance(-6000);
    expect(cache.current().stale).toBe(true);
  });

  test('a read that hangs does not confirm anything, and is given up; its late answer does not go over a newer one', async () => {
    const store = scriptedStore();
    const clock = fakeClock(1_000_000);
    const cache = await open(store.db, { now: () => clock.now(), pollIntervalMs: 5, staleAfterMs: 5000 });
    let release: () => void = () => undefined;
    store.answerWith(
      () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    );
    await turn();
    store.change();
    clock.advance(5001);
    expect(cache.current().stale).toBe(true);
    store.answerWith(async () => undefined);
    await turn();
    expect(cache.current()).toMatchObject({ stale: false, version: 2 });
    release();
    await turn();
    expect(cache.current()).toMatchObject({ stale: false, version: 2 });
  });

  test('refresh answers with a read that began after it was called', async () => {
    const store = scriptedStore();
    const cache = await open(store.db, { now: () => Date.now(), pollIntervalMs: 3_600_000 });
    let release: () => void = () => undefined;
    store.answerWith(
      () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    );
    const first = cache.refresh();
    // Changed while the first read is under way, which has already seen the old version.
    store.change();
    const [second, third] = [cache.refresh(), cache.refresh()];
    store.answerWith(async () => undefined);
    release();
    await Promise.all([first, second, third]);
    expect(cache.current().version).toBe(2);
    // One read for the first, one more for both others, and the load that the change asked for.
    expect(store.reads.filter((name) => name.startsWith('trust-version'))).toHaveLength(2);
  });

  test('a version that went down is the truth as well: a restored database', async () => {
    const store = scriptedStore();
    store.change();
    store.change();
    const cache = await open(store.db, { now: () => Date.now(), pollIntervalMs: 3_600_000 });
    expect(cache.current().version).toBe(3);
    const restored = scriptedStore();
    restored.db.query = store.db.query;
    // The store answers with version 1 again.
    Object.assign(store.db, { query: scriptedStore().db.query });
    await cache.refresh();
    expect(cache.current().version).toBe(1);
  });

  test('opening fails where trust cannot be loaded', async () => {
    const store = scriptedStore();
    store.answerWith(() => Promise.reject(new Error('away')));
    await expect(openTrustCache(store.db, { now: () => Date.now() })).rejects.toThrow('away');
  });
});

describe('trust cache of another gateway on one PostgreSQL', () => {
  let server: PostgresServer;
  const databases: Database[] = [];
  const open = async (databaseUrl: string) => {
    const db = await openDatabase({ databaseUrl, dataDir: '/nonexistent', role: 'serve', logger: SILENT });
    databases.push(db);
    return db;
  };
  beforeAll(async () => {
    server = await startPostgres({ fast: true });
  });
  afterAll(async () => {
    for (const db of databases) await db.close();
    await server.stop();
  });

  test.each([
    ['by NOTIFY, with no poll at all', 3_600_000],
    ['by the poll alone', 200],
  ])('a revocation is seen %s', async (_how, pollIntervalMs) => {
    const url = await server.createDatabase();
    const here = await open(url);
    await migrate(here);
    const there = await open(url);
    const key = makeKey();
    await pinIdentity(here, author(), { identity: 'peer', sha256: makePin('peer'), limits: null });
    await importKey(here, author(), {
      owner: 'peer',
      purposes: ['telemetry'],
      kid: 'k',
      key: key.key,
      domain: null,
      state: 'active',
      notBefore: null,
      notAfter: null,
    });
    const muted: Database = pollIntervalMs > 1000 ? there : mute(there);
    const cache = await openTrustCache(muted, { now: () => Date.now(), pollIntervalMs });
    try {
      expect(cache.current().verifyKeys('peer', 'telemetry', Date.now())).toHaveLength(1);
      const revoked = await moveKey(here, author('leak'), 'revoke', { kid: 'k', owner: null, purpose: null });
      expect(revoked.ok).toBe(true);
      // The bound is the test's own deadline, not a measurement: 1 s is promised, a loaded machine gets 10.
      const deadline = Date.now() + 10_000;
      while (
        cache.current().verifyKeys('peer', 'telemetry', Date.now()).length > 0 &&
        Date.now() < deadline
      ) {
        await turn();
      }
      expect(cache.current().verifyKeys('peer', 'telemetry', Date.now())).toEqual([]);
    } finally {
      await cache.close();
    }
  });

  test('a server that dies makes trust stale; after its return the changes of the meantime are seen', async () => {
    const url = await server.createDatabase();
    const here = await open(url);
    await migrate(here);
    const there = await open(url);
    const cache = await openTrustCache(there, {
      now: () => Date.now(),
      pollIntervalMs: 100,
      staleAfterMs: 400,
    });
    try {
      await server.kill9();
      await until(() => cache.current().stale);
      await server.restart();
      const again = await open(url);
      await pinIdentity(again, author(), { identity: 'later', sha256: makePin('later'), limits: null });
      await until(() => !cache.current().stale && cache.current().identity('later') !== null);
    } finally {
      await cache.close();
    }
  });
});

/** The same database without its notifications. */
function mute(db: Database): Database {
  return {
    kind: db.kind,
    query: (statement, parameters) => db.query(statement, parameters),
    transaction: (work) => db.transaction(work),
    listen: async () => async () => undefined,
    close: () => db.close(),
  };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('did not come true');
    await turn();
  }
}
