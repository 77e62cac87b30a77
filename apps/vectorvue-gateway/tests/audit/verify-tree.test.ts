import { sign } from 'node:crypto';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  cosignatureInput,
  cosignatureLine,
  formatCheckpoint,
  formatNote,
  formatNoteSignature,
  NOTE_ED25519,
  noteKeyId,
  noteVerifier,
  parseNote,
  perfectRoot,
} from '@nyxera/federation-protocol';
import { createIntegrator } from '../../src/audit/integrate.ts';
import { createLogReader } from '../../src/audit/log-reader.ts';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import { pinIdentity } from '../../src/trust/trust-store.ts';
import { event, newParty, telemetry } from '../store/requests.ts';
import { forEachStore, rowsOf } from '../store/stores.ts';
import { newSigner, ORIGIN, trustKey } from './log-fixture.ts';

jest.setTimeout(180_000);

const LIMITS = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000_000, rateLimitPerMinute: 0 };
/** Sizes of the checkpoints; full tiles of level 0 end at 256, 512 and 768. */
const SIZES = [300, 600, 900];
const WITNESS = 'witness-1';

forEachStore('verifying the tree', (store) => {
  const log = newSigner();
  const witness = newSigner();
  const party = newParty();

  beforeAll(async () => {
    const { db } = store();
    const author = { actor: 'cli:tester', reason: null, nowMs: Date.now() };
    await pinIdentity(db, author, { identity: WITNESS, sha256: 'ab'.repeat(32), limits: null });
    await trustKey(db, 'audit', log);
    await trustKey(db, 'witness', witness, WITNESS);
    const [trust] = await rowsOf<{ version: number }>(db, 'SELECT version FROM trust_state');
    const commit = createCommit(db, LIMITS);
    const integrator = createIntegrator({ db, origin: ORIGIN, signer: log.signer, now: Date.now });
    for (const size of SIZES) {
      const [head] = await rowsOf<{ size: number }>(db, 'SELECT size FROM audit_head');
      const items = Array.from({ length: size - (head?.size ?? 0) }, (_, n) => event(`e${size}-${n}`));
      const over = { endpoint: 'telemetry-batch' as const, trustVersion: trust?.version ?? 0 };
      await commit([telemetry(party, items, over)]);
      await integrator.integrate();
    }
    await cosign(600);
    // Ten entries that nothing is signed over yet.
    const late = Array.from({ length: 10 }, (_, n) => event(`late-${n}`));
    await commit([
      telemetry(party, late, { endpoint: 'telemetry-batch', trustVersion: trust?.version ?? 0 }),
    ]);
  });

  async function cosign(size: number): Promise<void> {
    const reader = createLogReader(store().db);
    const checkpoint = await reader.checkpointOfSize(size);
    const note = parseNote(checkpoint?.note ?? '');
    if (!note.ok) throw new Error('no checkpoint');
    const time = Math.floor(Date.now() / 1000);
    const signature = new Uint8Array(sign(null, cosignatureInput(note.value.text, time), witness.privateKey));
    const kept = {
      size,
      identity: WITNESS,
      kid: witness.key.kid,
      line: formatNoteSignature(cosignatureLine(WITNESS, witness.key, time, signature)),
      witnessedAt: time,
      requestId: '00000000-0000-7000-8000-000000000000',
      receivedAtMs: Date.now(),
    };
    expect([await reader.keepCosignature(kept), await reader.keepCosignature(kept)]).toEqual([true, false]);
  }

  const SOUND = {
    ok: true,
    size: 910,
    undisclosed: 0,
    pruned: 0,
    tiles: 3,
    checkpoints: 3,
    cosignatures: 1,
    signed: 900,
  };

  test('a sound log', async () => {
    expect(await verifyAuditLog(store().db)).toEqual(SOUND);
  });

  test('by a key from elsewhere: the true one, and no other', async () => {
    const { db } = store();
    const trusted = [noteVerifier(ORIGIN, log.key)];
    expect(await verifyAuditLog(db, { trusted })).toEqual(SOUND);
    const stranger = await verifyAuditLog(db, { trusted: [noteVerifier(ORIGIN, newSigner().key)] });
    const fault = { kind: 'checkpoint_signature', place: 'checkpoint 300', sequence: 0 };
    expect(stranger).toMatchObject({ ok: false, fault });
    const renamed = await verifyAuditLog(db, { trusted: [noteVerifier('elsewhere', log.key)] });
    expect(renamed).toMatchObject({ ok: false, fault: { kind: 'checkpoint_signature' } });
  });

  test('against a checkpoint that was kept elsewhere', async () => {
    const { db } = store();
    const kept = await createLogReader(db).checkpointOfSize(600);
    if (kept === null) throw new Error('no checkpoint');
    expect(await verifyAuditLog(db, { against: kept })).toEqual(SOUND);
    const other = { size: 600, root: new Uint8Array(32) };
    const forked = { kind: 'not_continued', place: 'checkpoint 600' };
    expect(await verifyAuditLog(db, { against: other })).toMatchObject({ ok: false, fault: forked });
    const longer = { size: 2_000, root: kept.root };
    const cut = { kind: 'checkpoint_beyond_log', place: 'checkpoint 2000', sequence: 910 };
    expect(await verifyAuditLog(db, { against: longer })).toMatchObject({ ok: false, fault: cut });
  });

  /** An entry rewritten with its hash: what nothing but the tree notices. */
  const rewrite = (sequence: number): string =>
    `UPDATE audit_log SET entry = replace(entry, '"action":"telemetry.batch"', '"action":"telemetry.other"'),
       action = 'telemetry.other' WHERE sequence = ${sequence};
     UPDATE audit_log SET leaf_hash = sha256('\\x00'::bytea || convert_to(entry, 'UTF8')) WHERE sequence = ${sequence};`;
  /** What two entries say is exchanged, places, columns and hashes put right again. */
  const swap = (one: number, other: number): string =>
    `CREATE TEMPORARY TABLE pair AS SELECT * FROM audit_log WHERE sequence IN (${one}, ${other});
     UPDATE audit_log AS log SET (request_id, recorded_at, class, action, actor, tenant_id, code, kid, peer_sha256, disclosure, entry)
         = (SELECT p.request_id, p.recorded_at, p.class, p.action, p.actor, p.tenant_id, p.code, p.kid, p.peer_sha256, p.disclosure,
              replace(p.entry, '"sequence":' || p.sequence, '"sequence":' || log.sequence)
            FROM pair AS p WHERE p.sequence <> log.sequence) WHERE sequence IN (${one}, ${other});
     UPDATE audit_log SET leaf_hash = sha256('\\x00'::bytea || convert_to(entry, 'UTF8')) WHERE sequence IN (${one}, ${other});
     DROP TABLE pair;`;
  const flip = (column: string) => `${column} = set_bit(${column}, 77, 1 - get_bit(${column}, 77))`;

  describe('what was tampered with is found, and where', () => {
    test.each([
      ['an entry and its hash rewritten, below a full tile', rewrite(470), 470, 'wrong_tile', 'tile/0/001'],
      [
        'an entry and its hash rewritten, beyond the last full tile',
        rewrite(850),
        600,
        'checkpoint_root',
        'checkpoint 900',
      ],
      ['a pair swapped, with its hashes', swap(20, 21), 20, 'wrong_tile', 'tile/0/000'],
      [
        'a bit of a leaf hash',
        `UPDATE audit_log SET ${flip('leaf_hash')} WHERE sequence = 5`,
        5,
        'wrong_leaf',
        'entry 5',
      ],
      [
        'a bit of a tile',
        `UPDATE log_tiles SET ${flip('hashes')} WHERE tile_index = 2`,
        512,
        'wrong_tile',
        'tile/0/002',
      ],
      [
        'a bit deep in a tile',
        'UPDATE log_tiles SET hashes = set_bit(hashes, 40000, 1 - get_bit(hashes, 40000)) WHERE tile_index = 1',
        256 + Math.floor(40_000 / 256),
        'wrong_tile',
        'tile/0/001',
      ],
      [
        'a bit of the root of a tile',
        `UPDATE log_tiles SET ${flip('root')} WHERE tile_index = 1`,
        256,
        'wrong_tile',
        'tile/0/001',
      ],
      ['a tile missing', 'DELETE FROM log_tiles WHERE tile_index = 1', 256, 'missing_tile', 'tile/0/001'],
      [
        'a tile too many',
        'INSERT INTO log_tiles SELECT level, 3, hashes, root FROM log_tiles WHERE tile_index = 2',
        910,
        'extra_tile',
        'tiles',
      ],
      [
        'a bit of the root of a checkpoint',
        `UPDATE log_checkpoints SET ${flip('root')} WHERE size = 600`,
        300,
        'wrong_checkpoint',
        'checkpoint 600',
      ],
      [
        'the signature of a checkpoint',
        `UPDATE log_checkpoints SET note = (SELECT regexp_replace(c.note, E'\\n\\n.*', '') || E'\\n\\n' || regexp_replace(o.note, E'^.*\\n\\n', '')
           FROM log_checkpoints AS c, log_checkpoints AS o WHERE c.size = 600 AND o.size = 900) WHERE size = 600`,
        300,
        'checkpoint_signature',
        'checkpoint 600',
      ],
      [
        'a checkpoint that is none',
        `UPDATE log_checkpoints SET note = 'x' WHERE size = 900`,
        600,
        'wrong_checkpoint',
        'checkpoint 900',
      ],
      [
        'a checkpoint under another size',
        'UPDATE log_checkpoints SET size = 299 WHERE size = 300',
        0,
        'wrong_checkpoint',
        'checkpoint 299',
      ],
      [
        'the log and its head cut off below a checkpoint',
        'DELETE FROM audit_log WHERE sequence >= 880; UPDATE audit_head SET size = 880',
        880,
        'checkpoint_beyond_log',
        'checkpoint 900',
      ],
      ['a tail cut off', 'DELETE FROM audit_log WHERE sequence >= 905', 905, 'gap', 'entry 905'],
      ['an entry missing', 'DELETE FROM audit_log WHERE sequence = 400', 400, 'gap', 'entry 400'],
      [
        'a cosignature of another checkpoint',
        'UPDATE log_cosignatures SET size = 900 WHERE size = 600',
        899,
        'wrong_cosignature',
        'checkpoint 900',
      ],
      [
        'a cosignature by a key that is not its',
        `UPDATE log_cosignatures SET identity = 'somebody' WHERE size = 600`,
        599,
        'wrong_cosignature',
        'checkpoint 600',
      ],
    ])('%s', async (_, tampering, sequence, kind, place) => {
      const tables = ['audit_log', 'log_tiles', 'log_checkpoints', 'log_cosignatures'];
      const keep = tables.map((table) => `CREATE TABLE kept_${table} AS SELECT * FROM ${table};`).join(' ');
      await store().asOwner(`SET search_path = federation; ${keep} ${tampering}`);
      try {
        const fault = { sequence, kind, place };
        expect(await verifyAuditLog(store().db)).toMatchObject({ ok: false, fault });
      } finally {
        const restore = tables
          .map((table) => `INSERT INTO ${table} SELECT * FROM kept_${table}; DROP TABLE kept_${table};`)
          .join(' ');
        await store().asOwner(`SET search_path = federation; TRUNCATE ${tables.join(', ')}; ${restore}
          UPDATE audit_head SET size = 910`);
      }
      expect(await verifyAuditLog(store().db)).toEqual(SOUND);
    });
  });

  test('entry, hash and tile rewritten together: the checkpoint above them is no longer their root', async () => {
    const { db } = store();
    await store().asOwner(`SET search_path = federation; CREATE TABLE kept_log AS SELECT * FROM audit_log;
      CREATE TABLE kept_tiles AS SELECT * FROM log_tiles; ${rewrite(470)}`);
    const leaves = await rowsOf<{ leaf_hash: Uint8Array }>(
      db,
      'SELECT leaf_hash FROM audit_log WHERE sequence BETWEEN 256 AND 511 ORDER BY sequence',
    );
    const hashes = leaves.map(({ leaf_hash }) => leaf_hash);
    const hex = (bytes: Uint8Array) => `'\\x${Buffer.from(bytes).toString('hex')}'::bytea`;
    await store().asOwner(`UPDATE federation.log_tiles SET hashes = ${hex(Buffer.concat(hashes))},
      root = ${hex(perfectRoot(hashes))} WHERE tile_index = 1`);
    const fault = { sequence: 300, kind: 'checkpoint_root', place: 'checkpoint 600' };
    expect(await verifyAuditLog(db)).toMatchObject({ ok: false, fault });
    await store().asOwner(`SET search_path = federation; TRUNCATE audit_log, log_tiles;
      INSERT INTO audit_log SELECT * FROM kept_log; INSERT INTO log_tiles SELECT * FROM kept_tiles;
      DROP TABLE kept_log; DROP TABLE kept_tiles`);
    expect(await verifyAuditLog(db)).toEqual(SOUND);
  });

  test('a checkpoint by the wrong key, for the right tree', async () => {
    const { db } = store();
    const stranger = newSigner();
    const root = (await createLogReader(db).checkpointOfSize(900))?.root ?? new Uint8Array(32);
    const text = formatCheckpoint({ origin: ORIGIN, size: 900, root });
    const keyId = noteKeyId(ORIGIN, NOTE_ED25519, stranger.key);
    const signature = await stranger.signer.sign(Buffer.from(text));
    const forged = formatNote(text, [{ name: ORIGIN, keyId, signature }]);
    await store().asOwner(`SET search_path = federation; CREATE TABLE kept AS SELECT * FROM log_checkpoints;
      UPDATE log_checkpoints SET note = '${forged}' WHERE size = 900`);
    const fault = { kind: 'checkpoint_signature', place: 'checkpoint 900', sequence: 600 };
    expect(await verifyAuditLog(db)).toMatchObject({ ok: false, fault });
    await store().asOwner(`SET search_path = federation; UPDATE log_checkpoints AS c SET note = kept.note
      FROM kept WHERE kept.size = c.size; DROP TABLE kept`);
    expect(await verifyAuditLog(db)).toEqual(SOUND);
  });
});
