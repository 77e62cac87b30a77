import { beforeAll, expect, jest, test } from '@jest/globals';
import {
  merkleRoot,
  noteVerifier,
  openCheckpoint,
  splitHashes,
  TILE_BYTES,
} from '@nyxera/federation-protocol';
import { createIntegrator, type Integrator } from '../../src/audit/integrate.ts';
import { createLogReader } from '../../src/audit/log-reader.ts';
import { readTile } from '../../src/audit/read-tile.ts';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import type { Database } from '../../src/store/database.ts';
import { event, newParty, refusal, telemetry } from '../store/requests.ts';
import { countOf, forEachStore, rowsOf } from '../store/stores.ts';
import { newSigner, ORIGIN, trustKey } from './log-fixture.ts';

jest.setTimeout(120_000);

const LIMITS = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000_000, rateLimitPerMinute: 0 };

forEachStore('integrating the log', (store, onPostgres) => {
  const signer = newSigner();
  const party = newParty();
  const integratorOn = (db: Database, over: object = {}): Integrator =>
    createIntegrator({ db, origin: ORIGIN, signer: signer.signer, now: Date.now, ...over });
  const version = async (): Promise<number> => {
    const [row] = await rowsOf<{ version: number }>(store().db, 'SELECT version FROM trust_state');
    return row?.version ?? 0;
  };
  const append = async (entries: number): Promise<void> => {
    const trustVersion = await version();
    const commit = createCommit(store().db, LIMITS);
    const items = Array.from({ length: entries }, () => event(`e${Math.random()}`));
    const [outcome] = await commit([telemetry(party, items, { endpoint: 'telemetry-batch', trustVersion })]);
    expect(outcome?.status).toBe('committed');
  };
  const leaves = async (size: number): Promise<Uint8Array[]> => {
    const rows = await rowsOf<{ leaf_hash: Uint8Array }>(
      store().db,
      'SELECT leaf_hash FROM audit_log WHERE sequence < $1 ORDER BY sequence',
      [size],
    );
    return rows.map(({ leaf_hash }) => leaf_hash);
  };
  /** The newest checkpoint, by the key, and the root as the entries that are there give it. */
  const expectSigned = async (size: number): Promise<void> => {
    const note = (await createLogReader(store().db).checkpoint()) ?? '';
    const opened = openCheckpoint(note, ORIGIN, [noteVerifier(ORIGIN, signer.key)]);
    if (!opened.ok) throw new Error(opened.code);
    expect(opened.value.size).toBe(size);
    expect(Buffer.from(opened.value.root)).toEqual(Buffer.from(merkleRoot(await leaves(size))));
  };
  const size = () => countOf(store().db, 'audit_log');

  beforeAll(async () => {
    await trustKey(store().db, 'audit', signer);
  });

  test('a first round signs what is there, a second one without anything new does nothing', async () => {
    const integrator = integratorOn(store().db);
    expect(await integrator.integrate()).toMatchObject({
      kind: 'checkpoint',
      size: 1,
      entries: 1,
      more: false,
    });
    await expectSigned(1);
    expect(await integrator.integrate()).toEqual({ kind: 'idle' });
    expect(await countOf(store().db, 'log_checkpoints')).toBe(1);
  });

  test('round after round the tree is that of the entries, with or without memory of the one before', async () => {
    const remembering = integratorOn(store().db);
    for (const entries of [1, 254, 1, 300, 513]) {
      await append(entries);
      const integrator = entries === 300 ? integratorOn(store().db) : remembering;
      expect(await integrator.integrate()).toMatchObject({ kind: 'checkpoint', entries });
      await expectSigned(await size());
    }
    const expected = Math.floor((await size()) / 256);
    expect(await countOf(store().db, 'log_tiles')).toBe(expected);
  });

  test('a backlog is taken page by page, and what is left is said', async () => {
    await append(700);
    const integrator = integratorOn(store().db, { pageSize: 100, roundSize: 450 });
    expect(await integrator.integrate()).toMatchObject({ kind: 'checkpoint', entries: 450, more: true });
    await expectSigned((await size()) - 250);
    expect(await integrator.integrate()).toMatchObject({ kind: 'checkpoint', entries: 250, more: false });
    await expectSigned(await size());
  });

  test('tiles of every width are what the leaves say; those that the tree does not have are not there', async () => {
    const total = await size();
    const all = await leaves(total);
    const { db } = store();
    for (const [index, width] of [
      [0, 256],
      [1, 256],
      [0, 1],
      [2, 77],
      [Math.floor(total / 256), total % 256],
    ] as const) {
      const bytes = await readTile(db, { level: 0, index, width }, total);
      const wanted = all.slice(index * 256, index * 256 + width);
      expect(splitHashes(bytes ?? new Uint8Array(0)).map(String)).toEqual(wanted.map(String));
    }
    const above = await readTile(db, { level: 1, index: 0, width: 3 }, total);
    const roots = [0, 1, 2].map((n) => merkleRoot(all.slice(n * 256, n * 256 + 256)));
    expect(splitHashes(above ?? new Uint8Array(0)).map((hash) => Buffer.from(hash))).toEqual(
      roots.map((hash) => Buffer.from(hash)),
    );
    for (const [level, index, width] of [
      [0, Math.ceil(total / 256), 1],
      [0, Math.floor(total / 256), (total % 256) + 1],
      [1, 0, 256],
      [2, 0, 1],
    ] as const) {
      expect(await readTile(db, { level, index, width }, total)).toBeNull();
    }
    expect(TILE_BYTES).toBe(8_192);
  });

  test('what is stored is what was signed, or nothing more is signed', async () => {
    const integrator = integratorOn(store().db);
    await append(3);
    await integrator.integrate();
    await append(2);
    const checkpoints = await countOf(store().db, 'log_checkpoints');
    const signed = (await size()) - 2;
    for (const [tampering, mending, code] of [
      [
        'UPDATE log_checkpoints SET root = set_bit(root, 9, 1 - get_bit(root, 9)) WHERE size = $',
        'UPDATE log_checkpoints SET root = set_bit(root, 9, 1 - get_bit(root, 9)) WHERE size = $',
        'tree_forked',
      ],
      [
        'UPDATE audit_log SET sequence = sequence + 10 WHERE sequence = $',
        'UPDATE audit_log SET sequence = sequence - 10 WHERE sequence = $ + 10',
        'gap',
      ],
      // Further away than any page reaches.
      [
        'UPDATE audit_log SET sequence = sequence + 100000 WHERE sequence >= $',
        'UPDATE audit_log SET sequence = sequence - 100000 WHERE sequence >= $',
        'gap',
      ],
      ['UPDATE audit_head SET size = $ - 1', 'UPDATE audit_head SET size = $ + 2', 'log_shrunk'],
      [
        `UPDATE log_checkpoints SET origin = 'elsewhere' WHERE size = $`,
        `UPDATE log_checkpoints SET origin = '${ORIGIN}' WHERE size = $`,
        'origin_changed',
      ],
      [
        `UPDATE keys SET state = 'retiring' WHERE purpose = 'audit'`,
        `UPDATE keys SET state = 'active' WHERE purpose = 'audit'`,
        'key_not_active',
      ],
    ] as const) {
      const on = (text: string) => `SET search_path = federation; ${text.replaceAll('$', String(signed))}`;
      await store().asOwner(on(tampering));
      await expect(integrator.integrate()).rejects.toMatchObject({ name: 'IntegrationFault', code });
      await expect(integratorOn(store().db).integrate()).rejects.toMatchObject({ code });
      expect(await countOf(store().db, 'log_checkpoints')).toBe(checkpoints);
      await store().asOwner(on(mending));
    }
    expect(await integrator.integrate()).toMatchObject({ kind: 'checkpoint', entries: 2 });
    await expectSigned(await size());
  });

  test('a leaf that was changed below the signed size is noticed by whoever has no memory', async () => {
    await append(1);
    const signed = (await size()) - 1;
    const flip = `UPDATE federation.audit_log SET leaf_hash = set_bit(leaf_hash, 1, 1 - get_bit(leaf_hash, 1))
                   WHERE sequence = ${signed - 1}`;
    await store().asOwner(flip);
    await expect(integratorOn(store().db).integrate()).rejects.toMatchObject({ code: 'tree_forked' });
    await store().asOwner(flip);
    expect(await integratorOn(store().db).integrate()).toMatchObject({ kind: 'checkpoint' });
  });

  test('a signer that fails signs nothing, and the next round makes up for it', async () => {
    await append(300);
    const failing = {
      ...signer.signer,
      sign: async () => {
        throw new Error('the token is gone');
      },
    };
    let broken = true;
    const integrator = integratorOn(store().db, {
      signer: {
        ...signer.signer,
        sign: (bytes: Uint8Array) => (broken ? failing.sign() : signer.signer.sign(bytes)),
      },
    });
    await expect(integrator.integrate()).rejects.toThrow('the token is gone');
    broken = false;
    expect(await integrator.integrate()).toMatchObject({ kind: 'checkpoint', entries: 300 });
    await expectSigned(await size());
  });

  test('serve may add to what was signed, and change or remove nothing of it', async () => {
    for (const table of ['log_tiles', 'log_checkpoints', 'log_cosignatures']) {
      for (const text of [`DELETE FROM ${table}`, `TRUNCATE ${table}`, `UPDATE ${table} SET size = 1`]) {
        const code = text.startsWith('UPDATE') && table === 'log_tiles' ? /^42/ : /^42501$/;
        await expect(store().db.query({ name: `t${Math.random()}`, text })).rejects.toMatchObject({
          code: expect.stringMatching(code),
        });
      }
    }
  });

  onPostgres('of several at once one integrates, and together they lose and double nothing', async () => {
    const replicas = await Promise.all([1, 2, 3].map(() => store().another()));
    const integrators = replicas.map((db) => integratorOn(db, { roundSize: 200, pageSize: 50 }));
    const commit = createCommit(store().db, LIMITS);
    const trustVersion = await version();
    const writing = (async () => {
      for (let n = 0; n < 40; n += 1) {
        const refusals = Array.from({ length: 30 }, () => refusal(party, null, { trustVersion }));
        await commit(refusals);
      }
    })();
    const rounds = integrators.map(async (integrator) => {
      for (let n = 0; n < 40; n += 1) await integrator.integrate();
    });
    await Promise.all([writing, ...rounds]);
    while ((await integratorOn(store().db).integrate()).kind === 'checkpoint');
    await expectSigned(await size());
    const [tiles] = await rowsOf<{ n: number }>(
      store().db,
      'SELECT count(*) AS n FROM log_tiles WHERE level = 0',
    );
    expect(tiles?.n).toBe(Math.floor((await size()) / 256));
  });

  onPostgres('while another process holds the turn nothing is done', async () => {
    await append(1);
    const other = await store().another();
    await other.transaction(async (tx) => {
      await tx.query({ name: 'hold', text: 'SELECT pg_advisory_xact_lock(7310300)' });
      expect(await integratorOn(store().db).integrate()).toEqual({ kind: 'busy' });
    });
    expect(await integratorOn(store().db).integrate()).toMatchObject({ kind: 'checkpoint', entries: 1 });
  });
});
