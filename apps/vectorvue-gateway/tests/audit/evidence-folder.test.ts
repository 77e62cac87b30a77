import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  formatCheckpoint,
  formatNote,
  formatVerifierKey,
  NOTE_ED25519,
  noteKeyId,
} from '@nyxera/federation-protocol';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { v7 as uuidv7 } from 'uuid';
import { describeCommands } from '../cli/stores.ts';
import { newParty, refusal } from '../store/requests.ts';
import { newSigner, ORIGIN } from './log-fixture.ts';
import { openSignedLog, signedTelemetry } from './signed-log.ts';

describeCommands('an evidence folder', (run, store) => {
  const party = newParty();
  const [first, second, refused] = [uuidv7(), uuidv7(), uuidv7()];
  const directory = temporaryDirectory('evidence').path;
  const whole = join(directory, 'whole');
  let key = '';
  let copies = 0;

  beforeAll(async () => {
    const log = await openSignedLog(store().db);
    await log.appendOld(party, 40, ['before']);
    await log.commit([
      signedTelemetry(party, 'e1', { requestId: first }),
      signedTelemetry(party, 'e2', { requestId: second }),
      refusal(party, Buffer.from('{}'), { requestId: refused }),
    ]);
    await log.sign();
    key = (await run('audit', 'key', '--json')).json.keys[0].verifier_key;
    expect(await run('audit', 'evidence', whole, '--json')).toMatchObject({ exitCode: 0, json: { key } });
    const steps = [
      { name: 'delivered', proof: { request_id: first, code: 'accepted' } },
      { name: 'refused', proof: { request_id: refused, code: 'schema_invalid' } },
      { name: 'nothing was sent', proof: null },
    ];
    writeFileSync(join(whole, 'smoke.json'), JSON.stringify({ steps }));
    writeFileSync(join(whole, 'report.html'), '<!doctype html>');
    await run('audit', 'seal', whole);
  });

  /** A copy to do something to. */
  const copy = (): string => {
    copies += 1;
    const path = join(directory, `copy-${copies}`);
    cpSync(whole, path, { recursive: true });
    return path;
  };
  const verify = (path: string, ...args: readonly string[]) =>
    run('audit', 'verify-proof', path, '--key', key, ...args, '--json');
  const proof = (of: string) => join('proofs', `${of}.json`);
  const edit = (path: string, name: string, change: (text: string) => string): void => {
    const old = readFileSync(join(path, name), 'utf8');
    const now = change(old);
    if (now === old) throw new Error(`nothing was changed in ${name}`);
    writeFileSync(join(path, name), now);
  };
  const lines = (change: (all: string[]) => string[]) => (path: string) =>
    edit(path, 'log.jsonl', (text) => `${change(text.trimEnd().split('\n')).join('\n')}\n`);

  test('holds: what is proven and what is not is said', async () => {
    const found = await verify(whole);
    expect(found).toMatchObject({
      exitCode: 0,
      json: {
        ok: true,
        withEvidence: 2,
        codes: { accepted: 3, schema_invalid: 1 },
        steps: 2,
        unproven: ['report.html'],
        key_from_folder: false,
      },
    });
    const { stdout } = await run('audit', 'verify-proof', whole);
    expect(stdout).toContain('none is missing, changed, added or moved');
    expect(stdout).toContain('NOT PROVEN: whose log it is');
    expect(stdout).toContain('NOT PROVEN: report.html');
  });

  test('of a time: only requests of that time are proven, and the log is whole all the same', async () => {
    const path = join(directory, 'recent');
    const from = new Date(Date.now() - 86_400_000).toISOString();
    await run('audit', 'evidence', path, '--from', from);
    expect(await verify(path)).toMatchObject({ exitCode: 0, json: { ok: true, steps: null } });
    expect(readdirSync(join(path, 'proofs')).length).toBe(readdirSync(join(whole, 'proofs')).length - 1);
    expect(await run('audit', 'evidence', path, '--json')).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'out_file' } },
    });
  });

  /** What is done; and what is found when `evidence.json` was made to fit it. */
  const TAMPERINGS: readonly (readonly [string, (path: string) => void, string, string])[] = [
    [
      'a proof of which the signed bytes were changed',
      (path) =>
        edit(path, proof(first), (text) => {
          const file = JSON.parse(text);
          file.evidence.body = Buffer.from('{"body":"other"}').toString('base64');
          return JSON.stringify(file);
        }),
      'evidence_mismatch',
      proof(first),
    ],
    [
      'the event of another request in a proof',
      (path) =>
        edit(path, proof(first), (text) => {
          const other = JSON.parse(readFileSync(join(path, proof(second)), 'utf8'));
          return JSON.stringify({ ...JSON.parse(text), evidence: other.evidence });
        }),
      'evidence_mismatch',
      proof(first),
    ],
    [
      'a refusal that is told as an acceptance',
      (path) => edit(path, proof(refused), (text) => text.replace('schema_invalid', 'accepted')),
      'proof_mismatch',
      proof(refused),
    ],
    [
      'another tenant disclosed',
      (path) => edit(path, proof(first), (text) => text.replaceAll(party.tenantId, newParty().tenantId)),
      'disclosure_mismatch',
      proof(first),
    ],
    [
      'two proofs exchanged',
      (path) => {
        renameSync(join(path, proof(first)), join(path, 'x'));
        renameSync(join(path, proof(second)), join(path, proof(first)));
        renameSync(join(path, 'x'), join(path, proof(second)));
      },
      'wrong_request',
      'proofs/',
    ],
    ['a proof removed', (path) => rmSync(join(path, proof(refused))), 'unproven_request', proof(refused)],
    [
      'the proof of a request that never was',
      (path) => cpSync(join(path, proof(first)), join(path, proof(uuidv7()))),
      'wrong_request',
      'proofs/',
    ],
    ['the log removed', (path) => rmSync(join(path, 'log.jsonl')), 'missing_file', 'log.jsonl'],
    [
      'the checkpoint removed',
      (path) => rmSync(join(path, 'checkpoint.json')),
      'missing_file',
      'checkpoint.json',
    ],
    [
      'a checkpoint with another size',
      (path) =>
        edit(path, 'checkpoint.json', (text) => {
          const file = JSON.parse(text);
          return JSON.stringify({ ...file, checkpoint: file.checkpoint.replace(/\n(\d+)\n/, '\n1\n') });
        }),
      'note_signature_invalid',
      'checkpoint.json',
    ],
    [
      'an entry of the log changed',
      (path) =>
        edit(path, 'log.jsonl', (text) => text.replace('"code":"schema_invalid"', '"code":"accepted"')),
      'wrong_leaf',
      'log.jsonl line',
    ],
    [
      'an entry of the log changed, and hashed anew',
      lines((all) =>
        all.map((line) => {
          if (!line.includes(refused)) return line;
          const told = JSON.parse(line);
          const entry = JSON.stringify({ ...told.entry, code: 'accepted' });
          const leaf = createHash('sha256').update(`\0${entry}`).digest('hex');
          return `{"sequence":${told.sequence},"leaf_hash":"${leaf}","entry":${entry}}`;
        }),
      ),
      'log_root',
      'log.jsonl',
    ],
    ['a line in the middle removed', lines((all) => all.toSpliced(2, 1)), 'gap', 'log.jsonl line 3'],
    ['two lines exchanged', lines(([a = '', b = '', ...rest]) => [b, a, ...rest]), 'gap', 'log.jsonl line 1'],
    ['the end cut off', lines((all) => all.slice(0, -1)), 'gap', 'log.jsonl after line'],
    [
      'a line added',
      lines((all) => [
        ...all,
        (all.at(-1) ?? '').replace(/"sequence":\d+,"leaf/, `"sequence":${all.length},"leaf`),
      ]),
      'gap',
      'log.jsonl line',
    ],
    ['a line that is none', lines((all) => all.toSpliced(1, 0, 'x')), 'file_invalid', 'log.jsonl line 2'],
    [
      'a story that tells of another outcome',
      (path) => edit(path, 'smoke.json', (text) => text.replace('schema_invalid', 'replay_detected')),
      'story_differs',
      'smoke.json step 2',
    ],
    [
      'a story of a request that never was',
      (path) => edit(path, 'smoke.json', (text) => text.replace(first, uuidv7())),
      'story_differs',
      'smoke.json step 1',
    ],
  ];

  describe.each(TAMPERINGS)('%s', (_, tamper, code, place) => {
    test('is found by the list of files, and where', async () => {
      const path = copy();
      tamper(path);
      const { exitCode, json } = await verify(path);
      expect(exitCode).toBe(1);
      expect(['changed_file', 'missing_file', 'unlisted_file']).toContain(json.fault.code);
    });

    test('is found by what was signed, where the list was made to fit', async () => {
      const path = copy();
      tamper(path);
      expect(await run('audit', 'seal', path)).toMatchObject({ exitCode: 0 });
      const { exitCode, json } = await verify(path);
      expect(exitCode).toBe(1);
      expect(json.fault).toMatchObject({ code });
      expect(json.fault.place).toContain(place);
    });
  });

  test('a folder that was signed anew by another key holds by itself, and not by the key of the log', async () => {
    const path = copy();
    const forger = newSigner();
    const other = formatVerifierKey({ name: ORIGIN, type: NOTE_ED25519, key: forger.key });
    const resign = async (note: string): Promise<string> => {
      const [, size = '', root = ''] = note.split('\n');
      const text = formatCheckpoint({
        origin: ORIGIN,
        size: Number(size),
        root: new Uint8Array(Buffer.from(root, 'base64')),
      });
      const signature = await forger.signer.sign(new Uint8Array(Buffer.from(text)));
      return formatNote(text, [
        { name: ORIGIN, keyId: noteKeyId(ORIGIN, NOTE_ED25519, forger.key), signature },
      ]);
    };
    const names = [
      'checkpoint.json',
      ...readdirSync(join(path, 'proofs')).map((name) => join('proofs', name)),
    ];
    for (const name of names) {
      const file = JSON.parse(readFileSync(join(path, name), 'utf8'));
      const checkpoint = await resign(file.checkpoint);
      writeFileSync(join(path, name), JSON.stringify({ ...file, key: other, checkpoint }));
    }
    edit(path, 'evidence.json', (text) => JSON.stringify({ ...JSON.parse(text), key: other }));
    await run('audit', 'seal', path);
    expect(await run('audit', 'verify-proof', path, '--json')).toMatchObject({
      exitCode: 0,
      json: { key_from_folder: true },
    });
    expect(await verify(path)).toMatchObject({
      exitCode: 1,
      json: { fault: { place: 'checkpoint.json', code: 'note_unsigned' } },
    });
  });

  test('a link is no evidence, and a folder without its list is none', async () => {
    const linked = copy();
    symlinkSync(join(whole, 'log.jsonl'), join(linked, 'also.jsonl'));
    expect(await verify(linked)).toMatchObject({
      exitCode: 1,
      json: { fault: { code: 'unlisted_file', place: 'also.jsonl' } },
    });
    expect(await run('audit', 'seal', linked, '--json')).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'file_invalid' } },
    });
    const inherited = copy();
    writeFileSync(join(inherited, 'constructor'), 'x');
    expect(await verify(inherited)).toMatchObject({
      exitCode: 1,
      json: { fault: { code: 'unlisted_file', place: 'constructor' } },
    });
    const bare = copy();
    rmSync(join(bare, 'evidence.json'));
    expect(await verify(bare)).toMatchObject({ exitCode: 2, json: { error: { code: 'file_invalid' } } });
    const outside = copy();
    edit(outside, 'evidence.json', (text) => text.replace('"report.html"', '"../report.html"'));
    expect(await verify(outside)).toMatchObject({ exitCode: 2, json: { error: { code: 'file_invalid' } } });
  });
});
