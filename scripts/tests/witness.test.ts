/**
 * The witness between the two programs as an operator runs them (PROTOCOL.md section 19): receipts are confirmed in the
 * log, checkpoints are proven to continue each other and cosigned, and a gateway whose database was really rewritten,
 * its tree rebuilt and signed with its real key, is caught at the next contact. What the agent's side of it does is tried
 * with a gateway on PostgreSQL; `pnpm test:long` tries all of it on the embedded database too.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import { noteVerifier, openCheckpoint, parseVerifierKey } from '@nyxera/federation-protocol';
import { isLongRun } from '@nyxera/federation-testing';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing/postgres';
import { type Environment, type Finished, startGateway } from '../demo/processes.ts';
import { askAgent, askGateway, buildWorld, IDENTITY, runAgent, type World } from '../demo/world.ts';
import { changeEntry, removeEntry, rewrite } from './rewrite-log.ts';

/** The embedded database takes its time to start on a busy machine. Not a claim about speed. */
jest.setTimeout(300_000);

const root = mkdtempSync(join(tmpdir(), 'nyxera-witness-'));
/** More than a tile. */
const COUNT = 300;
const LOG = 'witnessed.example/audit';
let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres.stop();
  rmSync(root, { recursive: true, force: true });
});

interface Fork {
  readonly log: string;
  readonly code: string;
  readonly remembered: string;
  readonly offered: string;
  readonly proof: object | null;
  readonly log_keys: readonly string[];
  readonly cleared_reason: string | null;
}

interface Status {
  readonly logs: readonly { readonly size: number; readonly cosigned_size: number | null }[];
  readonly forks: readonly Fork[];
}

describe.each(['embedded', 'postgres'] as const)('on the %s database', (database) => {
  const directory = join(root, database);
  const isWhole = database === 'postgres' || isLongRun();
  /** Not `test.skip`: there is nothing that this machine lacks. */
  const inWhole: (name: string, work: () => Promise<void>) => void = isWhole ? test : () => undefined;
  let world: World;

  beforeAll(async () => {
    const url = database === 'postgres' ? await postgres.createDatabase() : null;
    const keys = mkdtempSync(join(root, `${database}-keys-`));
    await generateKeyFile(join(keys, 'audit.key'));
    const witnessKey = await generateKeyFile(join(keys, 'witness.key'));
    const made = await buildWorld(directory, url, {
      VV_TG_RATE_LIMIT_PER_MINUTE: '0',
      VV_TG_AUDIT_ED25519_KEY_PATH: join(keys, 'audit.key'),
      VV_TG_AUDIT_LOG_ORIGIN: LOG,
    });
    world = made;
    await askGateway(world, [
      'key',
      'import',
      witnessKey.toBase64(),
      '--identity',
      IDENTITY,
      '--purpose',
      'witness',
    ]);
    const published = await soon(async () => {
      const asked = await askGateway<{ keys: { verifier_key: string }[] }>(world, ['audit', 'key']);
      return asked.keys[0]?.verifier_key;
    });
    const agentEnvironment: Environment = {
      ...made.agentEnvironment,
      VECTORVUE_AUDIT_LOG_KEY: published,
      VECTORVUE_AUDIT_REQUIRED: '1',
      VECTORVUE_FEDERATION_WITNESS_KEY_PATH: join(keys, 'witness.key'),
    };
    // Where it is now it will be again: the agent knows a gateway by its URL.
    const gatewayEnvironment = { ...made.gatewayEnvironment, VV_TG_LISTEN: made.gateway.listen };
    world = { ...made, agentEnvironment, gatewayEnvironment };
  });

  afterAll(async () => {
    await world?.gateway.stop();
  });

  const stateOf = <T>(work: (db: DatabaseSync) => T): T => {
    const db = new DatabaseSync(join(world.agentEnvironment.SPECTRASTRIKE_DATA_DIR ?? '', 'agent.db'));
    try {
      return work(db);
    } finally {
      db.close();
    }
  };
  /** Ends the gateway, does that to its database, and starts it again at its place. */
  const rewritten = async (sql: string): Promise<void> => {
    await world.gateway.stop();
    await rewrite(world, sql);
    world = { ...world, gateway: await startGateway(world.gatewayEnvironment) };
  };
  /** The gateway's own verification finds nothing: it was rewritten well. */
  const expectWhole = async (): Promise<void> => {
    await soon(async () => {
      const verified = await askGateway<{ ok: boolean }>(world, ['audit', 'verify']);
      expect(verified.ok).toBe(true);
      return verified;
    });
  };
  const status = async (exitCode: number): Promise<Status> =>
    askAgent<Status>(world, ['witness', 'status'], exitCode);

  test('every receipt is confirmed in the witnessed log, and the log is cosigned', async () => {
    const file = join(directory, 'events.jsonl');
    writeFileSync(file, Array.from({ length: COUNT }, (_, n) => `${JSON.stringify(event(n))}\n`).join(''));
    expect(await askAgent(world, ['send', file])).toMatchObject({ delivered: COUNT, pending: 0 });
    const listed = await askAgent<{ receipts: { state: string; log: string }[] }>(world, [
      ...['receipts', 'list', '--limit', '1000'],
    ]);
    expect(listed.receipts).toHaveLength(COUNT);
    expect(listed.receipts[0]).toMatchObject({ state: 'unverified', log: LOG });

    const verified = await soon(async () => {
      const finished = await runAgent(world, ['receipts', 'verify']);
      // Pending, until the tree reaches them: nothing failed.
      expect(finished.json).toMatchObject({ failed: 0, code: null });
      return finished.exitCode === 0 ? (finished.json as { size: number }) : undefined;
    });
    expect(verified.size).toBeGreaterThan(256);
    const all = await askAgent<object>(world, ['receipts', 'verify', '--all']);
    expect(all).toMatchObject({ ok: true, verified: COUNT, pending: 0, failed: 0 });
    const one = await askAgent<object>(world, ['receipts', 'verify', '--event', 'witnessed-7']);
    expect(one).toMatchObject({ ok: true, verified: 1, opened: true });

    expect((await status(0)).logs[0]?.cosigned_size).toBeGreaterThan(256);
    expect(await askGateway<{ cosignatures: number }>(world, ['audit', 'verify'])).toMatchObject({
      ok: true,
    });
    const pulled = await askAgent<object>(world, ['feedback', 'pull']);
    expect(pulled).toMatchObject({
      accepted: true,
      witness: { outcome: 'witnessed', log: LOG },
    });
  });

  inWhole('a receipt for what is not in the log is found, with its place', async () => {
    const swap = (hex: string): void => {
      stateOf((db) =>
        db
          .prepare(`UPDATE events SET receipt = json_set(receipt, '$.leaf_hash', ?), receipt_verified_size = NULL
            WHERE event_id = 'witnessed-3'`)
          .run(hex),
      );
    };
    const before = stateOf((db) =>
      db
        .prepare(`SELECT json_extract(receipt, '$.leaf_hash') AS hash, json_extract(receipt, '$.sequence') AS sequence
        FROM events WHERE event_id = 'witnessed-3'`)
        .get(),
    );
    swap('ab'.repeat(32));
    for (const args of [[], ['--all'], ['--event', 'witnessed-3']]) {
      const found = await askAgent<object>(world, ['receipts', 'verify', ...args], 1);
      expect(found).toMatchObject({
        ok: false,
        failed: 1,
        first_failure: { event_id: 'witnessed-3', sequence: before?.sequence, code: 'receipt_missing' },
      });
    }
    const logged = await askAgent<{ entries: object[] }>(world, [
      'security',
      'list',
      '--code',
      'receipt_missing',
    ]);
    expect(logged.entries).toHaveLength(1);
    swap(String(before?.hash));
    expect(await askAgent<object>(world, ['receipts', 'verify'])).toMatchObject({ verified: 1, failed: 0 });
  });

  test('an old entry is changed, the tree rebuilt and signed: caught, and nothing more is applied', async () => {
    const sequence = Number(
      stateOf((db) =>
        db
          .prepare(
            `SELECT json_extract(receipt, '$.sequence') AS n FROM events WHERE event_id = 'witnessed-5'`,
          )
          .get(),
      )?.n,
    );
    await rewritten(changeEntry(sequence));
    await expectWhole();

    expectForked(await runAgent(world, ['feedback', 'pull']));
    const stands = await status(1);
    expect(stands.forks).toHaveLength(1);
    expectEvidence(stands.forks[0]);
    const shown = await askAgent<object>(world, ['status'], 2);
    expect(shown).toMatchObject({ audit_forks: [{ log: LOG }] });
    const logged = await askAgent<{ entries: object[] }>(world, [
      'security',
      'list',
      '--code',
      'audit_fork_detected',
    ]);
    expect(logged.entries).toHaveLength(1);
  });

  inWhole('only a reset with a reason ends it; then the receipts show what was changed', async () => {
    const without = await runAgent(world, ['witness', 'reset']);
    expect(without.exitCode).toBe(2);
    const reset = await askAgent<object>(world, ['witness', 'reset', '--reason', 'agreed by telephone']);
    expect(reset).toMatchObject({ reset: true, forks_cleared: 1 });
    expect(await askAgent<object>(world, ['feedback', 'pull'])).toMatchObject({
      accepted: true,
      witness: { outcome: 'witnessed', previous_size: null },
    });
    const { forks } = await status(0);
    expect(forks).toMatchObject([{ cleared_reason: 'agreed by telephone' }]);
    const found = await askAgent<object>(world, ['receipts', 'verify', '--all'], 1);
    expect(found).toMatchObject({
      failed: 1,
      verified: COUNT - 1,
      first_failure: { event_id: 'witnessed-5', code: 'receipt_missing' },
    });
  });

  inWhole('an old entry is removed and everything moves up: caught as well', async () => {
    await rewritten(removeEntry(20));
    await expectWhole();
    expectForked(await runAgent(world, ['witness', 'pull']));
    const [fork] = (await status(1)).forks;
    expectEvidence(fork);
    expectForked(await runAgent(world, ['feedback', 'pull']));
  });

  test('the flag is durable and asks nobody: also where the gateway is away', async () => {
    await world.gateway.stop();
    expectForked(await runAgent(world, ['feedback', 'pull']));
    expectForked(await runAgent(world, ['receipts', 'verify']));
    const { forks } = await status(1);
    expect(forks.filter((fork) => fork.cleared_reason === null)).toHaveLength(1);
  });
});

function expectForked(finished: Finished): void {
  expect(finished.json).toMatchObject({ code: 'audit_fork_detected' });
  expect(finished.exitCode).toBe(1);
}

/** Whoever is handed it can see that the log signed both. */
function expectEvidence(fork: Fork | undefined): void {
  expect(fork).toBeDefined();
  if (fork === undefined) return;
  const key = parseVerifierKey(fork.log_keys[0] ?? '');
  if (!key.ok) throw new Error(key.code);
  const verifiers = [noteVerifier(key.value.name, key.value.key)];
  const remembered = openCheckpoint(fork.remembered, fork.log, verifiers);
  const offered = openCheckpoint(fork.offered, fork.log, verifiers);
  if (!remembered.ok || !offered.ok) throw new Error('a note of the evidence does not verify');
  expect(Buffer.from(remembered.value.root)).not.toEqual(Buffer.from(offered.value.root));
  expect(fork.code).toBe(offered.value.size < remembered.value.size ? 'tree_shrunk' : 'tree_forked');
  expect(fork.proof === null).toBe(offered.value.size <= remembered.value.size);
}

/** The tree is built after the commits: asks until there is an answer, a minute at most. */
async function soon<T>(ask: () => Promise<T | undefined>): Promise<T> {
  let last: unknown = null;
  for (let tries = 0; tries < 60; tries += 1) {
    try {
      const value = await ask();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    await sleep(1000);
  }
  throw last ?? new Error('it did not happen in time');
}

function event(index: number): object {
  return {
    event_id: `witnessed-${index}`,
    event_type: 'WITNESS_TEST',
    source_system: 'test',
    severity: 'info',
    observed_at: '2026-02-26T12:00:00Z',
    mitre_techniques: ['T1046'],
    attributes: { asset_ref: `host-${index}` },
  };
}
