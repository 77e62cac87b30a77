import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { requestSignatureInput } from '@nyxera/federation-protocol';
import { describeWithShared } from '@nyxera/federation-testing';
import fc from 'fast-check';
import { placeSizes } from '../../src/views/audit/place-sizes.ts';
import { bundleOfVerify } from './browser-bundle.ts';
import { base64url, newLog, newSigner, ORIGIN, sha256, WITNESS } from './signed-log.ts';

const ENTRIES = Array.from({ length: 23 }, (_, n) => `{"code":"accepted","sequence":${n},"v":1}`);
const log = newLog(ENTRIES);
let bundle: Awaited<ReturnType<typeof bundleOfVerify>>;
const entryOf = (sequence: number): string => ENTRIES[sequence] ?? '';
const code = (verdict: { ok: boolean; code?: string }): string =>
  verdict.ok ? 'proven' : (verdict.code ?? '');

beforeAll(async () => {
  bundle = await bundleOfVerify();
});

test('the bundle needs nothing else, and has the portable backends', () => {
  const code = bundle.code.replaceAll(/\/\*[\s\S]*?\*\//g, '');
  expect([...code.matchAll(/^import\b.*|\bimport\(.*|\brequire\(.*/gm)].map(String)).toEqual([]);
  expect(code).toMatch(/\bPortableKey\b/);
});

describe('an entry in the log', () => {
  test('is proven wherever it lies, with the path for a picture', () => {
    for (let sequence = 0; sequence < ENTRIES.length; sequence += 1) {
      const verdict = bundle.verify.verifyEntryInclusion(entryOf(sequence), log.inclusion(sequence), null);
      if (!verdict.ok) throw new Error(`${sequence}: ${verdict.code}`);
      const { checkpoint, path, keyFromGateway, witnesses } = verdict.value;
      expect([checkpoint.size, keyFromGateway]).toEqual([23, true]);
      expect(path.at(-1)?.hash).toEqual(checkpoint.root);
      expect(witnesses).toEqual([{ identity: WITNESS, ok: true, at: 1_700_000_000 }]);
    }
    const pruned = bundle.verify.verifyEntryInclusion(null, log.inclusion(4), log.signers.keys.join('\n'));
    expect([code(pruned), pruned.ok && pruned.value.keyFromGateway]).toEqual(['proven', false]);
  });

  test('is not, where anything of it is another', () => {
    const answer = log.inclusion(5);
    const other = newLog(ENTRIES);
    const [first = '', ...rest] = answer.proof;
    const cases: [string, string, typeof answer][] = [
      ['leaf_mismatch', entryOf(6), answer],
      ['leaf_mismatch', `${entryOf(5)} `, answer],
      ['proof_mismatch', entryOf(6), { ...answer, leaf_hash: base64url(log.leaves[6] ?? new Uint8Array()) }],
      ['proof_malformed', entryOf(5), { ...answer, sequence: 23 }],
      ['proof_malformed', entryOf(5), { ...answer, proof: rest }],
      ['answer_malformed', entryOf(5), { ...answer, proof: [`${first}!`, ...rest] }],
      ['note_unsigned', entryOf(5), { ...answer, keys: other.signers.keys }],
      ['key_missing', entryOf(5), { ...answer, keys: [] }],
      [
        'note_signature_invalid',
        entryOf(5),
        { ...answer, checkpoint: answer.checkpoint.replace('\n23\n', '\n24\n') },
      ],
    ];
    const verdicts = cases.map(([, entry, changed]) =>
      code(bundle.verify.verifyEntryInclusion(entry, changed, null)),
    );
    expect(verdicts).toEqual(cases.map(([wanted]) => wanted));
    const pinned = bundle.verify.verifyEntryInclusion(entryOf(5), answer, other.signers.keys.join('\n'));
    expect(code(pinned)).toBe('note_unsigned');
  });

  test('no change of one bit in hash or proof is overlooked', () => {
    const answer = log.inclusion(7);
    const texts = [answer.leaf_hash, ...answer.proof];
    fc.assert(
      fc.property(fc.nat(texts.length - 1), fc.nat(255), (which, bit) => {
        const bytes = Buffer.from(texts[which] ?? '', 'base64url');
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const changed = texts.map((text, n) => (n === which ? base64url(bytes) : text));
        const [leaf_hash = '', ...proof] = changed;
        expect(bundle.verify.verifyEntryInclusion(entryOf(7), { ...answer, leaf_hash, proof }, null).ok).toBe(
          false,
        );
      }),
      { numRuns: 60 },
    );
  });

  describeWithShared('the vectors of transparency-dev/merkle', (shared) => {
    test('get their verdicts', () => {
      const path = join(shared, 'vectors/merkle/inclusion');
      const cases = readdirSync(path, { recursive: true, encoding: 'utf8' })
        .filter((name) => /^[0-9]\/.*\.json$/.test(name))
        .map((name) => JSON.parse(readFileSync(join(path, name), 'utf8')) as InclusionVector);
      const bytes = (text: string | null) => Uint8Array.from(Buffer.from(text ?? '', 'base64'));
      const usable = cases.filter(({ root, treeSize }) => bytes(root).length === 32 && treeSize > 0);
      const verdicts = usable.map(({ treeSize, root, leafIdx, leafHash, proof }) => {
        const answer = {
          ...log.signers,
          sequence: leafIdx,
          leaf_hash: base64url(bytes(leafHash)),
          checkpoint: log.noteOf(treeSize, bytes(root)),
          proof: (proof ?? []).map((hash) => base64url(bytes(hash))),
        };
        return bundle.verify.verifyEntryInclusion(null, answer, null).ok;
      });
      expect(verdicts).toEqual(usable.map(({ wantErr }) => !wantErr));
      expect(usable.length).toBeGreaterThan(50);
    });
  });
});

interface InclusionVector {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}

describe('the log over time', () => {
  const sizes = [3, 8, 17, 23];
  const chain = {
    ...log.signers,
    steps: sizes.map((size, n) => ({
      size,
      checkpoint: log.note(size),
      proof: n === 0 ? null : log.consistency(sizes[n - 1] ?? 0, size),
    })),
  };

  test('each checkpoint continues the one before', () => {
    const steps = bundle.verify.verifyChain(chain, null);
    expect(steps.map(({ size, opened, continues }) => [size, opened.ok, continues?.ok ?? null])).toEqual([
      [3, true, null],
      [8, true, true],
      [17, true, true],
      [23, true, true],
    ]);
  });

  test('a rewritten log is caught where it was rewritten', () => {
    const rewritten = newLog(
      ENTRIES.map((entry, n) => (n === 2 ? entry.replace('accepted', 'rejected') : entry)),
    );
    const forked = {
      ...rewritten.signers,
      steps: chain.steps.map((step, n) => ({
        ...step,
        checkpoint: rewritten.noteOf(
          step.size,
          n < 2 ? rootOf(log.note(step.size)) : rootOf(rewritten.note(step.size)),
        ),
        proof: n === 0 ? null : n < 2 ? step.proof : rewritten.consistency(sizes[n - 1] ?? 0, step.size),
      })),
    };
    const codes = bundle.verify
      .verifyChain(forked, null)
      .map(({ continues }) => continues && code(continues));
    expect(codes).toEqual([null, 'proven', 'proof_mismatch', 'proven']);
    const missing = { ...chain, steps: chain.steps.map((step) => ({ ...step, proof: null })) };
    expect(bundle.verify.verifyChain(missing, null).map(({ continues }) => continues?.ok ?? null)).toEqual([
      null,
      false,
      false,
      false,
    ]);
  });

  test('a checkpoint that somebody kept is continued, or is not', () => {
    const answer = { ...log.signers, from: 8, checkpoint: log.note(23), proof: log.consistency(8) };
    const verdict = bundle.verify.verifyContinuation(log.note(8), answer, null);
    expect(verdict).toEqual({ ok: true, value: { from: 8, to: 23, keyFromGateway: true } });
    expect(code(bundle.verify.verifyContinuation(log.note(9), answer, null))).toBe('proof_malformed');
    expect(code(bundle.verify.verifyContinuation(newLog(ENTRIES).note(8), answer, null))).toBe(
      'note_unsigned',
    );
    const shrunk = { ...answer, checkpoint: log.note(5), proof: [] };
    expect(code(bundle.verify.verifyContinuation(log.note(8), shrunk, null))).toBe('tree_shrunk');
  });
});

function rootOf(note: string): Uint8Array {
  return Uint8Array.from(Buffer.from(note.split('\n')[2] ?? '', 'base64'));
}

test('keys are found in whatever they were copied from; keys of two logs are none', () => {
  const [key = ''] = log.signers.keys;
  for (const text of [key, ` ${key}\n`, JSON.stringify({ keys: [{ verifier_key: key }] }, null, 1)]) {
    expect(bundle.verify.readLogKeys(text)).toMatchObject({ log: ORIGIN, verifiers: [{ name: ORIGIN }] });
  }
  const [witness = { key: '' }] = log.signers.witnesses;
  for (const text of ['', 'x', key.slice(0, -4), witness.key, `${key}\n${key.replace(ORIGIN, 'other')}`]) {
    const found = bundle.verify.readLogKeys(text);
    expect(found === null || found.verifiers.length === 1).toBe(true);
    if (text !== '' && text.includes('other')) expect(found?.log).toBe(ORIGIN);
  }
});

test('the signature of a request is checked over the bytes that were signed', () => {
  const agent = newSigner();
  const body = new TextEncoder().encode('{"event_id":"e-1"}');
  const request = {
    publicKey: agent.key.raw,
    signature: agent.sign(requestSignatureInput(7, 'nonce-00', body)),
    timestamp: 7,
    nonce: 'nonce-00',
    body,
  };
  const verdict = bundle.verify.verifyRequestSignature(request);
  expect([verdict.ok, verdict.kid]).toEqual([true, agent.key.kid]);
  expect(new TextDecoder().decode(verdict.signed ?? undefined)).toBe('7.nonce-00.{"event_id":"e-1"}');
  const changes = [
    { timestamp: 8 },
    { nonce: 'nonce-01' },
    { body: body.slice(1) },
    { publicKey: newSigner().key.raw },
  ];
  for (const change of changes) {
    expect(bundle.verify.verifyRequestSignature({ ...request, ...change }).ok).toBe(false);
  }
  const zero = bundle.verify.verifyRequestSignature({ ...request, publicKey: new Uint8Array(32) });
  expect([zero.ok, zero.kid]).toEqual([false, null]);
});

test('what an entry commits to is compared one by one; what is erased is said, not refused', () => {
  const salt = Buffer.alloc(32, 3);
  const hash = (value: string) => sha256(salt, new TextEncoder().encode(value));
  const entry = JSON.stringify({
    commitments: { operator_id: hash('op'), subject: hash('e-1'), tenant_id: hash('t') },
  });
  const member = (value: string) => ({ salt: salt.toString('hex'), value });
  const disclosure = JSON.stringify({
    operator_id: member('op'),
    subject: member('e-2'),
    stranger: member('x'),
  });
  expect(bundle.verify.verifyDisclosures(entry, disclosure)).toEqual([
    { member: 'operator_id', value: 'op', ok: true },
    { member: 'stranger', value: 'x', ok: false },
    { member: 'subject', value: 'e-2', ok: false },
    { member: 'tenant_id', value: null, ok: null },
  ]);
  expect(bundle.verify.verifyDisclosures('[', '{}')).toEqual([]);
});

test('a kept checkpoint is found in what was kept, and its size is read', () => {
  const note = log.note(8);
  const file = {
    kind: 'nyxera.audit-checkpoint',
    v: 1,
    log: ORIGIN,
    key: log.signers.keys[0],
    checkpoint: note,
    consistency: null,
  };
  expect(bundle.verify.keptNote(note)).toBe(note);
  expect(bundle.verify.keptNote(JSON.stringify(file))).toBe(note);
  expect(bundle.verify.sizeOfNote(note)).toBe(8);
  for (const text of ['', '{}', 'gateway.example/audit\n8\n'])
    expect(bundle.verify.keptNote(text)).toBeNull();
});

test('marks on the axis keep their order and their place for a label', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 50 }), { minLength: 1, maxLength: 24 }),
      (sizes) => {
        const places = placeSizes(
          [...sizes].sort((a, b) => a - b),
          900,
        );
        const gaps = places.slice(1).map((place, n) => place - (places[n] ?? 0));
        expect(Math.min(...gaps, 1000)).toBeGreaterThan(
          Math.min(64, 808 / Math.max(1, sizes.length - 1)) - 1e-6,
        );
        expect([(places[0] ?? 0) >= 45.9, (places.at(-1) ?? 0) <= 854.1]).toEqual([true, true]);
      },
    ),
  );
});
