import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { formatVerifierKey, NOTE_ED25519, requestSignatureInput } from '@nyxera/federation-protocol';
import type { ProofFile } from '@nyxera/federation-protocol/audit-proof';
import { createIntegrator } from '../../src/audit/integrate.ts';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import { newSigner, ORIGIN, trustKey } from '../audit/log-fixture.ts';
import { event, evidence, newParty, telemetry } from '../store/requests.ts';
import { runCommand } from './run-command.ts';
import { describeCommands } from './stores.ts';

jest.setTimeout(120_000);

/** Nothing of these may be needed: no database, no gateway, no configuration. */
const offline = (...argv: readonly string[]) => runCommand({}, argv);

describeCommands('proofs', (run, store) => {
  const log = newSigner();
  const agent = newSigner();
  const party = newParty();
  let requestId = '';
  let path = '';
  const file = (name: string): string => join(store().dataDir, name);
  const integrate = () =>
    createIntegrator({ db: store().db, origin: ORIGIN, signer: log.signer, now: Date.now }).integrate();

  /** As the commit leaves it: really signed evidence, and the entry that names its hash. */
  const commitEvent = async (eventId: string): Promise<string> => {
    const { db } = store();
    const [trust] = await db.query<{ version: number }>({
      name: 'v',
      text: 'SELECT version FROM trust_state',
    });
    const { kid } = agent.key;
    const nonce = `nonce-${eventId}`;
    const body = Buffer.from(`{"event_id":"${eventId}"}`);
    const timestamp = Math.floor(Date.now() / 1000);
    const signature = await agent.signer.sign(requestSignatureInput(timestamp, nonce, body));
    const signed = evidence({ body, signature, kid, publicKey: agent.key.raw, timestamp, nonce });
    const request = telemetry(party, [event(eventId)], { kid, trustVersion: trust?.version ?? 0 });
    const effect = { kind: 'events' as const, evidence: signed, items: [event(eventId)] };
    const limits = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000, rateLimitPerMinute: 0 };
    const [outcome] = await createCommit(db, limits)([{ ...request, effect }]);
    expect(outcome?.status).toBe('committed');
    return request.requestId;
  };

  beforeAll(async () => {
    await trustKey(store().db, 'audit', log);
    requestId = await commitEvent('e-1');
    path = file('proof.json');
  });

  test('before anything is signed there is nothing to prove with, and that is said', async () => {
    const refused = await run('audit', 'prove', '--request', requestId, '--json');
    expect([refused.exitCode, refused.json.error.code]).toEqual([2, 'no_checkpoint']);
    expect((await run('audit', 'key', '--json')).json.error.code).toBe('no_checkpoint');
    await integrate();
  });

  test('a request is proven in one file, which is checked with nothing else', async () => {
    const made = await run('audit', 'prove', '--request', requestId, '--out', path);
    expect([made.exitCode, made.stderr]).toEqual([0, '']);
    const { json: keys } = await run('audit', 'key', '--json');
    const [key] = keys.keys;
    const checked = await offline('audit', 'verify-proof', path, '--key', key.verifier_key, '--json');
    expect(checked.json).toMatchObject({
      ok: true,
      log: ORIGIN,
      request_id: requestId,
      key_from_file: false,
      evidence: true,
      witnesses: [],
      entries: [{ code: 'accepted', disclosed: { tenant_id: party.tenantId, subject: 'e-1' } }],
    });
    const byItself = await offline('audit', 'verify-proof', path);
    expect(byItself.stdout).toMatch(/compare it with one from elsewhere/);
    expect(byItself.exitCode).toBe(0);
  });

  test('by the key of another log it proves nothing', async () => {
    const other = newSigner();
    const key = formatVerifierKey({ name: ORIGIN, type: NOTE_ED25519, key: other.key });
    const checked = await offline('audit', 'verify-proof', path, '--key', key, '--json');
    expect([checked.exitCode, checked.json.fault.code]).toEqual([1, 'note_unsigned']);
    const unusable = await offline('audit', 'verify-proof', path, '--key', 'x', '--json');
    expect([unusable.exitCode, unusable.json.error.code]).toEqual([2, 'key_invalid']);
  });

  test('whatever is changed in it is found by its code', async () => {
    const proof = JSON.parse(readFileSync(path, 'utf8')) as ProofFile;
    const [entry] = proof.entries;
    const { evidence } = proof;
    if (entry === undefined || evidence === null) throw new Error('nothing is proven');
    const otherProof = entry.proof.map((hash, n) => (n === 0 ? `A${hash.slice(1)}` : hash));
    const flippedBody = Buffer.from(evidence.body, 'base64');
    flippedBody[3] = (flippedBody[3] ?? 0) ^ 1;
    const change = (entries: Partial<ProofFile['entries'][number]>) => ({
      entries: [{ ...entry, ...entries }],
    });
    const changes: [string, object][] = [
      ['proof_mismatch', change({ entry: entry.entry.replace('"accepted"', '"rejected"') })],
      ['proof_mismatch', change({ proof: otherProof })],
      ['proof_malformed', change({ proof: entry.proof.slice(1) })],
      ['proof_malformed', change({ sequence: 1_000_000 })],
      ['disclosure_mismatch', change({ disclosure: entry.disclosure.replace('e-1', 'e-2') })],
      ['disclosure_mismatch', change({ disclosure: '[' })],
      ['entry_mismatch', { request_id: '00000000-0000-4000-8000-000000000000' }],
      ['evidence_mismatch', { evidence: { ...evidence, body: flippedBody.toString('base64') } }],
      ['evidence_mismatch', { evidence: { ...evidence, kid: 'other' } }],
      ['evidence_mismatch', { evidence: { ...evidence, identity: 'somebody' } }],
      ['evidence_signature_invalid', { evidence: { ...evidence, timestamp: evidence.timestamp + 1 } }],
      ['evidence_signature_invalid', { evidence: { ...evidence, nonce: '!' } }],
      ['evidence_signature_invalid', { evidence: { ...evidence, public_key: '' } }],
      ['note_signature_invalid', { checkpoint: proof.checkpoint.replace(/\n(\d+)\n/, '\n9$1\n') }],
      ['note_malformed', { checkpoint: 'x' }],
      ['checkpoint_origin_mismatch', { log: 'elsewhere' }],
      ['note_signature_invalid', { witnesses: [proof.key] }],
    ];
    for (const [number, [code, over]] of changes.entries()) {
      const name = file(`changed-${number}.json`);
      writeFileSync(name, JSON.stringify({ ...proof, ...over }));
      const checked = await offline('audit', 'verify-proof', name, '--json');
      expect([number, checked.json.fault?.code ?? checked.json, checked.exitCode]).toEqual([number, code, 1]);
    }
    for (const text of [
      '',
      '{}',
      'null',
      JSON.stringify({ ...proof, more: 1 }),
      JSON.stringify({ ...proof, v: 2 }),
    ]) {
      const name = file(`unreadable-${text.length}.json`);
      writeFileSync(name, text);
      const checked = await offline('audit', 'verify-proof', name, '--json');
      expect([checked.exitCode, checked.json.error.code]).toEqual([2, 'file_invalid']);
    }
  });

  test('a kept checkpoint is continued by the log of today', async () => {
    const kept = file('kept.json');
    expect((await run('audit', 'checkpoint', '--out', kept)).exitCode).toBe(0);
    const { size } = (await run('audit', 'checkpoint', '--json')).json as { size: number };
    await commitEvent('e-2');
    await integrate();
    const now = file('now.json');
    await run('audit', 'checkpoint', '--from', String(size), '--out', now);
    const checked = await offline('audit', 'consistency', kept, now, '--json');
    expect(checked.json).toMatchObject({ ok: true, log: ORIGIN, from: size });
    expect(checked.json.to).toBeGreaterThan(size);
    const back = await offline('audit', 'consistency', now, kept, '--json');
    expect([back.exitCode, back.json.fault.code]).toEqual([1, 'tree_shrunk']);
    const unproven = file('unproven.json');
    await run('audit', 'checkpoint', '--out', unproven);
    const refused = await offline('audit', 'consistency', kept, unproven, '--json');
    expect([refused.exitCode, refused.json.error.code]).toEqual([2, 'no_proof']);
    expect((await run('audit', 'verify', '--against', kept, '--json')).json).toMatchObject({ ok: true });
    const beyond = await run('audit', 'checkpoint', '--from', '999999', '--json');
    expect([beyond.exitCode, beyond.json.error.code]).toEqual([2, 'no_older_tree']);
  });

  test('a log that was rewritten and signed anew does not continue what was kept', async () => {
    const kept = JSON.parse(readFileSync(file('kept.json'), 'utf8')) as { checkpoint: string };
    const now = JSON.parse(readFileSync(file('now.json'), 'utf8')) as {
      consistency: { from: number; proof: string[] };
    };
    const [first = '', ...rest] = now.consistency.proof;
    const proof = [`${first[0] === 'A' ? 'B' : 'A'}${first.slice(1)}`, ...rest];
    writeFileSync(
      file('forked.json'),
      JSON.stringify({ ...now, consistency: { ...now.consistency, proof } }),
    );
    const forked = await offline('audit', 'consistency', file('kept.json'), file('forked.json'), '--json');
    expect([forked.exitCode, forked.json.fault.code]).toEqual([1, 'proof_mismatch']);
    writeFileSync(file('note.txt'), kept.checkpoint);
    const plain = await offline('audit', 'consistency', file('note.txt'), file('now.json'), '--json');
    expect(plain.json).toMatchObject({ ok: true });
    writeFileSync(file('note.txt'), kept.checkpoint.replace(/\n(\d+)\n/, '\n1$1\n'));
    const changed = await offline('audit', 'consistency', file('note.txt'), file('now.json'), '--json');
    expect([changed.exitCode, changed.json.fault.place]).toEqual([1, 'old']);
  });

  test('verify by a key that is given', async () => {
    const { json: keys } = await run('audit', 'key', '--json');
    const verified = await run('audit', 'verify', '--key', keys.keys[0].verifier_key, '--json');
    expect(verified.json).toMatchObject({ ok: true, checkpoints: 2 });
    expect(verified.json.signed).toBe(verified.json.entries);
  });

  test('a request that nobody made', async () => {
    const unknown = '00000000-0000-4000-8000-000000000001';
    const refused = await run('audit', 'prove', '--request', unknown, '--json');
    expect([refused.exitCode, refused.json.error.code]).toEqual([2, 'unknown_request']);
  });
});
