/**
 * `node tests/audit/bench-log.ts [entries, default 1000000] [seconds, default 5]` (Node 24), not part of the tests. On a real PostgreSQL that syncs:
 * how fast a log is integrated and verified as it grows, and what commits lose while it is integrated. Prints lines;
 * asserts nothing about time.
 */
import { startPostgres } from '@nyxera/federation-testing';
import { createIntegrator } from '../../src/audit/integrate.ts';
import { createIntegrationJob } from '../../src/audit/integration-job.ts';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import type { CommitItem } from '../../src/store/commit-types.ts';
import type { Database } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { event, newParty, telemetry } from '../store/requests.ts';
import { newSigner, ORIGIN, trustKey } from './log-fixture.ts';

const ENTRIES = Number(process.argv[2] ?? 1_000_000);
const SECONDS = Number(process.argv[3] ?? 5);
const ROUNDS = 5;
const LIMITS = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000_000_000, rateLimitPerMinute: 0 };
const SILENT = { debug: () => undefined, warn: console.warn, error: console.error };

const server = await startPostgres();
const databaseUrl = await server.createDatabase();
const open = (poolSize: number): Promise<Database> =>
  openDatabase({ databaseUrl, dataDir: '/nowhere', role: 'serve', logger: SILENT, poolSize });
const db = await open(4);
const own = await open(1);
try {
  await migrate(db);
  const signer = newSigner();
  await trustKey(db, 'audit', signer);
  const integrator = createIntegrator({ db: own, origin: ORIGIN, signer: signer.signer, now: Date.now });
  const [trust] = await db.query<{ version: number }>({ name: 'v', text: 'SELECT version FROM trust_state' });
  const trustVersion = trust?.version ?? 0;
  const commit = createCommit(db, LIMITS);
  await compareThroughput(commit, trustVersion, integrator);
  const party = newParty();
  const rejected: CommitItem = { kind: 'rejected', eventId: 'e', code: 'schema_invalid', path: '/payload' };
  const thousand = Array.from({ length: 1_000 }, () => rejected);
  let size = await entries();
  for (const part of [0.1, 0.25, 0.5, 1]) {
    for (; size < ENTRIES * part; size += thousand.length) {
      await commit([telemetry(party, thousand, { endpoint: 'telemetry-batch', trustVersion })]);
      // A checkpoint for ten thousand entries: what a second brings under load.
      if (size % 10_000 < thousand.length) await integrator.integrate();
    }
    while ((await integrator.integrate()).kind === 'checkpoint');
    const started = performance.now();
    const verified = await verifyAuditLog(db);
    const seconds = (performance.now() - started) / 1000;
    const memory = Math.round(process.memoryUsage.rss() / 1_048_576);
    if (!verified.ok) throw new Error(JSON.stringify(verified.fault));
    console.log(
      `verify ${verified.size} entries, ${verified.tiles} tiles, ${verified.checkpoints} checkpoints: ` +
        `${seconds.toFixed(1)} s, ${Math.round(verified.size / seconds)}/s, RSS ${memory} MiB`,
    );
  }
} finally {
  await own.close();
  await db.close();
  await server.stop();
}

async function entries(): Promise<number> {
  const [head] = await db.query<{ size: number }>({ name: 'h', text: 'SELECT size FROM audit_head' });
  return head?.size ?? 0;
}

/** In turns, so that what else the machine does falls on both: flushes of 500 events without and with the integrator. */
async function compareThroughput(
  commit: ReturnType<typeof createCommit>,
  trustVersion: number,
  integrator: ReturnType<typeof createIntegrator>,
): Promise<void> {
  const rates: { without: number[]; with: number[] } = { without: [], with: [] };
  await rate(commit, trustVersion, 1);
  for (let round = 0; round < ROUNDS; round += 1) {
    while ((await integrator.integrate()).kind === 'checkpoint');
    rates.without.push(await rate(commit, trustVersion, SECONDS));
    while ((await integrator.integrate()).kind === 'checkpoint');
    const job = createIntegrationJob(integrator, { logger: SILENT });
    job.start();
    rates.with.push(await rate(commit, trustVersion, SECONDS, () => job.wake()));
    await job.stop();
  }
  const middle = (values: number[]): number =>
    values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const [without, with_] = [middle(rates.without), middle(rates.with)];
  console.log(
    `commits of 500 events: ${Math.round(without)}/s without the integrator, ${Math.round(with_)}/s with it, ` +
      `ratio ${(with_ / without).toFixed(3)} (medians of ${ROUNDS} turns of ${SECONDS} s)`,
  );
}

async function rate(
  commit: ReturnType<typeof createCommit>,
  trustVersion: number,
  seconds: number,
  after: () => void = () => undefined,
): Promise<number> {
  const party = newParty();
  const started = performance.now();
  let done = 0;
  while (performance.now() - started < seconds * 1000) {
    const requests = Array.from({ length: 500 }, (_, n) =>
      telemetry(party, [event(`e${done + n}`)], { trustVersion }),
    );
    const outcomes = await commit(requests);
    if (outcomes.some(({ status }) => status !== 'committed')) throw new Error('not committed');
    done += requests.length;
    after();
  }
  return done / ((performance.now() - started) / 1000);
}
