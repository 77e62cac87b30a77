import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import {
  checkContinuation,
  cosignatureVerifier,
  decodeEntryBundle,
  type Ed25519PublicKey,
  merkleLeafHash,
  noteVerifier,
  openCheckpoint,
  openNote,
  type SignedCheckpoint,
  tilePath,
  verifyInclusion,
} from '@nyxera/federation-protocol';
import { startPostgres } from '@nyxera/federation-testing';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import { loadConfig } from '../../src/config.ts';
import { newSigner, trustKey } from '../audit/log-fixture.ts';
import { cosignature, get, signedGet, tilesOver } from '../support/audit-requests.ts';
import { batch, batchItem } from '../support/batch-requests.ts';
import { send } from '../support/client.ts';
import {
  createFederation,
  createTestKey,
  type Federation,
  IDENTITY,
  OPERATOR,
  TENANT,
} from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { graph, payload, query, telemetry } from '../support/requests.ts';

jest.setTimeout(120_000);

const LOG = 'localhost/audit';

describe.each(['embedded', 'postgres'] as const)('the log on the wire (%s)', (kind) => {
  const witness = newSigner();
  let federation: Federation;
  let gateway: TestGateway;
  let key: Ed25519PublicKey;
  let settings: Record<string, string> = {};
  const endings: (() => Promise<unknown> | unknown)[] = [];

  beforeAll(async () => {
    federation = await createFederation();
    endings.unshift(() => federation.remove());
    const path = join(federation.directory, 'audit.key');
    key = await generateKeyFile(path);
    settings = { VV_TG_AUDIT_ED25519_KEY_PATH: path };
    if (kind === 'postgres') {
      const server = await startPostgres({ fast: true });
      endings.unshift(() => server.stop());
      settings.DATABASE_URL = await server.createDatabase();
    }
    gateway = await startTestGateway(federation, settings);
    endings.unshift(() => gateway.close());
    await trustKey(gateway.db, 'witness', witness, IDENTITY);
  });
  afterAll(async () => {
    for (const end of endings) await end();
  });

  /** The newest checkpoint, once it reaches so many entries. */
  async function checkpointOf(entries: number): Promise<{ note: string; checkpoint: SignedCheckpoint }> {
    for (let tries = 0; tries < 200; tries += 1) {
      const { status, text } = await get(federation, gateway.listen, 'checkpoint');
      if (status === 200) {
        const checkpoint = openCheckpoint(text, LOG, [noteVerifier(LOG, key)]);
        if (!checkpoint.ok) throw new Error(checkpoint.code);
        if (checkpoint.value.size >= entries) return { note: text, checkpoint: checkpoint.value };
      }
      await sleep(100);
    }
    throw new Error('no checkpoint came');
  }

  test('every 202 has a receipt, and it is proven by what is served', async () => {
    const one = await send(federation, gateway.listen, telemetry(federation));
    const drawn = await send(federation, gateway.listen, graph(federation));
    expect([one.status, drawn.status]).toEqual([202, 202]);
    for (const { json } of [one, drawn]) {
      const { receipt, request_id: requestId } = json;
      expect(receipt).toEqual({
        log: LOG,
        sequence: expect.any(Number),
        leaf_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      const { checkpoint } = await checkpointOf(receipt.sequence + 1);
      const proven = await get(federation, gateway.listen, `receipt/${requestId}`);
      expect([proven.status, proven.json.log]).toEqual([200, LOG]);
      const [entry] = proven.json.entries;
      expect(entry).toMatchObject({ sequence: receipt.sequence, leaf_hash: receipt.leaf_hash });
      const leaf = merkleLeafHash(Buffer.from(entry.entry));
      expect(Buffer.from(leaf).toString('hex')).toBe(receipt.leaf_hash);
      const signed = openCheckpoint(proven.json.checkpoint, LOG, [noteVerifier(LOG, key)]);
      if (!signed.ok) throw new Error(signed.code);
      const hashes = entry.proof.map((hash: string) => new Uint8Array(Buffer.from(hash, 'base64')));
      expect(verifyInclusion(signed.value, entry.sequence, leaf, hashes)).toMatchObject({ ok: true });
      expect(
        await checkContinuation(tilesOver(federation, gateway.listen), checkpoint, signed.value),
      ).toMatchObject({ ok: true });
      expect(JSON.parse(entry.disclosure)).toMatchObject({ tenant_id: { value: TENANT } });
    }
  });

  test('a batch has one an item, also for what was rejected', async () => {
    const good = batchItem();
    const bad = batchItem({ severity: 'loud' });
    const { status, json } = await send(federation, gateway.listen, batch(federation, [good, bad, good]));
    expect(status).toBe(202);
    const sequences = json.results.map(
      (result: { receipt: { sequence: number } }) => result.receipt.sequence,
    );
    expect(sequences).toEqual([sequences[0], sequences[0] + 1, sequences[0] + 2]);
    await checkpointOf(sequences[2] + 1);
    const proven = await get(federation, gateway.listen, `receipt/${json.request_id}`);
    expect(proven.json.entries.map(({ sequence }: { sequence: number }) => sequence)).toEqual(sequences);
    expect(proven.json.entries.every(({ proof }: { proof: unknown }) => Array.isArray(proof))).toBe(true);
  });

  test('a receipt is for the identity whose request it is about', async () => {
    const unknown = await get(federation, gateway.listen, 'receipt/00000000-0000-4000-8000-000000000000');
    expect([unknown.status, unknown.json.errors[0].error_code]).toEqual([404, 'not_found']);
    // Entries that are there, and somebody else's.
    const other = await gateway.db.query<{ request_id: string }>({
      name: 't-environment',
      text: `SELECT request_id FROM audit_log WHERE actor <> '${IDENTITY}' LIMIT 1`,
    });
    const foreign = await get(federation, gateway.listen, `receipt/${other[0]?.request_id}`);
    expect([foreign.status, foreign.json.errors[0].error_code]).toEqual([404, 'not_found']);
    expect((await gateway.audit(foreign.json.request_id))[0]).toMatchObject({
      action: 'audit.receipt',
      code: 'not_found',
      actor: IDENTITY,
    });
  });

  test('what is served names no tenant, operator or event; both listeners serve the same bytes', async () => {
    const eventId = 'evt-secret-of-a-tenant';
    await send(
      federation,
      gateway.listen,
      telemetry(federation, { payload: payload({ event_id: eventId }) }),
    );
    const refused = telemetry(federation, { payload: payload({ severity: 'loud' }) });
    await send(federation, gateway.listen, refused);
    await send(federation, gateway.listen, query(federation));
    const { checkpoint } = await checkpointOf(await gateway.count('audit_log'));
    const { size } = checkpoint;
    const path = tilePath({ level: 'entries', index: 0, width: size });
    const bundle = await get(federation, gateway.listen, path);
    expect([bundle.status, bundle.headers['content-type']]).toEqual([200, 'application/octet-stream']);
    const entries = decodeEntryBundle(bundle.bytes, size);
    if (!entries.ok) throw new Error(entries.code);
    const hashes = await get(federation, gateway.listen, tilePath({ level: 0, index: 0, width: size }));
    const leaves = entries.value.map((entry) => Buffer.from(merkleLeafHash(entry)));
    expect(Buffer.concat(leaves).equals(hashes.bytes)).toBe(true);
    for (const secret of [TENANT, OPERATOR, eventId, '/payload/severity']) {
      expect(bundle.text).not.toContain(secret);
    }
    const actions = entries.value.map((entry) => JSON.parse(Buffer.from(entry).toString()).action);
    // Configuration that was imported, decisions, feedback that was issued, and who read the log.
    for (const action of [
      'key.import.audit',
      'telemetry',
      'feedback.query',
      'audit.checkpoint',
      'audit.receipt',
    ]) {
      expect(actions).toContain(action);
    }
    const admin = await fetch(`http://${gateway.adminListen}/log/${path}`);
    expect(Buffer.from(await admin.arrayBuffer()).equals(bundle.bytes)).toBe(true);
    expect(admin.headers.get('cache-control')).toMatch(/immutable/);
    const note = await fetch(`http://${gateway.adminListen}/log/checkpoint`);
    expect(note.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(openCheckpoint(await note.text(), LOG, [noteVerifier(LOG, key)]).ok).toBe(true);
    const posted = await fetch(`http://${gateway.adminListen}/log/checkpoint`, { method: 'POST' });
    const missing = await fetch(`http://${gateway.adminListen}/log/tile/3/000`);
    const receipt = await fetch(`http://${gateway.adminListen}/log/receipt/${crypto.randomUUID()}`);
    expect([posted.status, missing.status, receipt.status]).toEqual([405, 404, 404]);
  });

  test('order and codes are those of every endpoint', async () => {
    const { listen } = gateway;
    const code = async (name: string, options = {}): Promise<string> => {
      const { status, json } = await get(federation, listen, name, options);
      return `${status} ${json?.errors?.[0]?.error_code ?? 'none'}`;
    };
    for (const path of [
      'nothing',
      'tile/0/0',
      'tile/0/000?',
      'checkpoint?x=1',
      'checkpoint/',
      'receipt/x',
      '',
    ]) {
      expect([path, await code(path)]).toEqual([path, '404 not_found']);
    }
    expect(await code('tile/5/000')).toBe('404 not_found');
    expect(await code('checkpoint', { identity: 'nobody' })).toBe('401 peer_identity_rejected');
    expect(await code('checkpoint', { key: createTestKey() })).toBe('401 signature_invalid');
    expect(await code('checkpoint', { timestamp: 1 })).toBe('401 timestamp_out_of_window');
    const nonce = 'nonce-once-0001';
    expect(await code('checkpoint', { nonce })).toBe('200 none');
    expect(await code('checkpoint', { nonce })).toBe('409 replay_detected');
    // A signature for one path is none for another.
    const moved = { ...signedGet(federation, 'checkpoint'), path: '/internal/v1/audit/tile/0/000.p/1' };
    const answered = await send(federation, listen, moved, { method: 'GET' });
    expect([answered.status, answered.json.errors[0].error_code]).toEqual([401, 'signature_invalid']);
    const prepared = signedGet(federation, 'checkpoint');
    const posted = await send(federation, listen, prepared);
    expect([posted.status, posted.headers.allow]).toEqual([405, 'GET']);
    const withBody = { ...prepared, body: Buffer.from('{}') };
    const bodied = await send(federation, listen, withBody, { method: 'GET' });
    expect([bodied.status, bodied.json.errors[0].error_code]).toEqual([413, 'payload_too_large']);
    const bare = { ...prepared, headers: [] };
    const stranger = await send(federation, listen, bare, { method: 'GET' });
    expect([stranger.status, stranger.json.errors[0].error_code]).toEqual([401, 'missing_header']);
  });

  test('a witness cosigns what continues, and its line is served with the checkpoint', async () => {
    const { listen } = gateway;
    const { note, checkpoint } = await checkpointOf(1);
    const first = await send(federation, listen, cosignature(federation, note, witness));
    expect(first.json).toMatchObject({ status: 'accepted', size: checkpoint.size, duplicate: false });
    const second = await send(federation, listen, cosignature(federation, note, witness));
    expect(second.json).toMatchObject({ status: 'accepted', duplicate: true });
    const kept = await gateway.db.query<{ line: string; note: string }>(
      {
        name: 't-cosigned',
        text: 'SELECT s.line, c.note FROM log_cosignatures AS s JOIN log_checkpoints AS c USING (size) WHERE size = $1',
      },
      [checkpoint.size],
    );
    const cosigned = `${kept[0]?.note}${kept[0]?.line}`;
    expect(
      openNote(cosigned, [cosignatureVerifier(IDENTITY, witness.key), noteVerifier(LOG, key)]),
    ).toMatchObject({
      ok: true,
      value: { verifiedBy: [{ name: LOG }, { name: IDENTITY }] },
    });
    expect((await gateway.audit(first.json.request_id))[0]).toMatchObject({
      action: 'audit.cosignature',
      code: 'accepted',
    });
  });

  test('what is no cosignature of ours is refused by its code', async () => {
    const { note } = await checkpointOf(1);
    const rows = await gateway.count('log_cosignatures');
    const refused = async (prepared: ReturnType<typeof cosignature>): Promise<unknown> => {
      const { status, json } = await send(federation, gateway.listen, prepared);
      return [status, json.errors[0].error_code, json.errors[0].path];
    };
    const sign = (over: object, by = witness) => cosignature(federation, note, by, over);
    expect(await refused(sign({}, newSigner()))).toEqual([401, 'signature_invalid', undefined]);
    expect(await refused(sign({ name: 'somebody' }))).toEqual([401, 'signature_invalid', undefined]);
    expect(await refused(sign({ size: 9_999_999 }))).toEqual([422, 'schema_invalid', '/size']);
    expect(await refused(sign({ size: 0 }))).toEqual([422, 'schema_invalid', '/size']);
    const text = `${LOG}\n1\n${Buffer.alloc(32, 7).toString('base64')}\n`;
    expect(await refused(sign({ text, size: Number(note.split('\n')[1]) }))).toEqual([
      401,
      'signature_invalid',
      undefined,
    ]);
    const future = Math.floor(Date.now() / 1000) + 3_600;
    expect(await refused(sign({ time: future }))).toEqual([401, 'timestamp_out_of_window', undefined]);
    const broken = sign({});
    const body = JSON.parse(broken.body.toString()) as { cosignature: string };
    expect(body.cosignature.startsWith('— ')).toBe(true);
    expect(await gateway.count('log_cosignatures')).toBe(rows);
  });

  test('after all of that the log verifies', async () => {
    await checkpointOf(await gateway.count('audit_log'));
    expect(await verifyAuditLog(gateway.db)).toMatchObject({ ok: true, cosignatures: expect.any(Number) });
  });

  test('the log keeps its name: another one is refused at start', async () => {
    await gateway.close();
    const renamed = startTestGateway(federation, {
      ...settings,
      VV_TG_AUDIT_LOG_ORIGIN: 'other.example/log',
    });
    await expect(renamed).rejects.toMatchObject({
      name: 'StartRefused',
      exitCode: 78,
      message: expect.stringContaining('VV_TG_AUDIT_LOG_ORIGIN must stay localhost/audit'),
    });
    gateway = await startTestGateway(federation, settings);
    const { checkpoint } = await checkpointOf(await gateway.count('audit_log'));
    expect(checkpoint.origin).toBe(LOG);
  });
});

test('without an audit key there is no log: no receipt, no path, and a warning at start', async () => {
  const federation = await createFederation();
  const config = await loadConfig(federation.environment);
  expect(config.ok && config.value.warnings.join()).toMatch(/no VV_TG_AUDIT_ED25519_KEY_PATH/);
  const gateway = await startTestGateway(federation);
  try {
    const { json } = await send(federation, gateway.listen, telemetry(federation));
    expect(json).toEqual({
      accepted: true,
      request_id: json.request_id,
      status: 'accepted',
      duplicate: false,
    });
    const got = await get(federation, gateway.listen, 'checkpoint');
    expect([got.status, got.json.errors[0].error_code]).toEqual([404, 'not_found']);
    expect((await fetch(`http://${gateway.adminListen}/log/checkpoint`)).status).toBe(404);
    expect((await fetch(`http://${gateway.adminListen}/readyz`)).status).toBe(200);
  } finally {
    await gateway.close();
    federation.remove();
  }
});
