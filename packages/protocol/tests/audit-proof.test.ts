import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkProof, parseFile, proofFileSchema, proofSteps } from '../src/audit-proof/index.ts';
import { encodeBase64 } from '../src/base64.ts';
import { requestSignatureInput } from '../src/signature-input.ts';
import { formatCheckpoint } from '../src/tlog/checkpoint.ts';
import { cosignatureInput, cosignatureLine } from '../src/tlog/cosignature.ts';
import { merkleLeafHash } from '../src/tlog/merkle-hash.ts';
import { merkleRoot, proveInclusion } from '../src/tlog/merkle-tree.ts';
import {
  formatVerifierKey,
  NOTE_COSIGNATURE_V1,
  NOTE_ED25519,
  noteKeyId,
  noteVerifier,
} from '../src/tlog/note-verifier.ts';
import { formatNote } from '../src/tlog/signed-note.ts';
import { signWith, testKey, utf8 } from './support.ts';
import { leaves } from './tlog/support.ts';

const LOG = testKey(21);
const WITNESS = testKey(22);
const AGENT = testKey(23);
const ORIGIN = 'gateway.example/audit';
const VERIFIERS = [noteVerifier(ORIGIN, LOG.key)];
const REQUEST = '0199f3a0-8f1e-7c3a-9d55-2b6f0e1c4a77';
const sha256 = (...parts: Uint8Array[]): string =>
  createHash('sha256').update(Buffer.concat(parts)).digest('hex');

/** What the gateway writes for an accepted event that is entry 5 of 11; hashes by OpenSSL. */
function makeFile() {
  const body = utf8('{"event_id":"e-1"}');
  const salt = Buffer.alloc(32, 7);
  const entry = JSON.stringify({
    action: 'telemetry',
    actor: 'agent-1',
    class: 'decision',
    code: 'accepted',
    commitments: { subject: sha256(salt, utf8('e-1')) },
    evidence_sha256: sha256(body),
    kid: AGENT.key.kid,
    peer_sha256: 'c'.repeat(64),
    recorded_at: '2026-01-01T00:00:00.000Z',
    request_id: REQUEST,
    sequence: 5,
    v: 1,
  });
  const tree = leaves(11);
  tree[5] = merkleLeafHash(utf8(entry));
  const text = formatCheckpoint({ origin: ORIGIN, size: 11, root: merkleRoot(tree) });
  const cosigned = signWith(WITNESS.privateKey, cosignatureInput(text, 1_700_000_000));
  const checkpoint = formatNote(text, [
    {
      name: ORIGIN,
      keyId: noteKeyId(ORIGIN, NOTE_ED25519, LOG.key),
      signature: signWith(LOG.privateKey, utf8(text)),
    },
    cosignatureLine('agent-1', WITNESS.key, 1_700_000_000, cosigned),
  ]);
  return {
    kind: 'nyxera.audit-proof' as const,
    v: 1 as const,
    log: ORIGIN,
    key: formatVerifierKey({ name: ORIGIN, type: NOTE_ED25519, key: LOG.key }),
    checkpoint,
    witnesses: [formatVerifierKey({ name: 'agent-1', type: NOTE_COSIGNATURE_V1, key: WITNESS.key })],
    request_id: REQUEST,
    entries: [
      {
        sequence: 5,
        entry,
        disclosure: `{"subject":{"salt":"${salt.toString('hex')}","value":"e-1"}}`,
        proof: proveInclusion(tree, 5).map(encodeBase64),
      },
    ],
    evidence: {
      endpoint: 'telemetry',
      identity: 'agent-1',
      peer_sha256: 'c'.repeat(64),
      kid: AGENT.key.kid,
      public_key: AGENT.key.toBase64(),
      signature: encodeBase64(signWith(AGENT.privateKey, requestSignatureInput(7, 'nonce-00', body))),
      timestamp: 7,
      nonce: 'nonce-00',
      body: encodeBase64(body),
    },
  };
}

const file = makeFile();
const [entry] = file.entries;
if (entry === undefined) throw new Error('nothing is proven');

test('a proof holds in every step, and says what it proves', () => {
  expect([...proofSteps(file, VERIFIERS)].map(({ name, place, fault }) => [name, place, fault])).toEqual([
    ['checkpoint', 'checkpoint', null],
    ['inclusion', 'entry 5', null],
    ['entry', 'entry 5', null],
    ['disclosure', 'entry 5', null],
    ['evidence', 'entry 5', null],
    ['witnesses', 'checkpoint', null],
  ]);
  expect(checkProof(file, VERIFIERS)).toMatchObject({
    ok: true,
    size: 11,
    witnesses: ['agent-1'],
    evidence: true,
    facts: [{ sequence: 5, code: 'accepted', disclosed: { subject: 'e-1' } }],
  });
});

test('the steps name all that does not hold, not only the first', () => {
  const tampered = {
    ...file,
    entries: [{ ...entry, entry: entry.entry.replace('"accepted"', '"rejected"'), disclosure: '[' }],
    evidence: { ...file.evidence, nonce: 'nonce-01' },
  };
  const faults = [...proofSteps(tampered, VERIFIERS)].map(({ name, fault }) => [name, fault?.code ?? null]);
  expect(faults).toEqual([
    ['checkpoint', null],
    ['inclusion', 'proof_mismatch'],
    ['entry', null],
    ['disclosure', 'disclosure_mismatch'],
    ['evidence', 'evidence_signature_invalid'],
    ['witnesses', null],
  ]);
  const stranger = [...proofSteps(file, [noteVerifier(ORIGIN, WITNESS.key)])];
  expect(stranger.map(({ name, fault }) => [name, fault?.code])).toEqual([['checkpoint', 'note_unsigned']]);
});

test('no character of it can be changed unseen, but where it only names its own key or endpoint', () => {
  const text = JSON.stringify(file);
  fc.assert(
    fc.property(
      fc.nat(text.length - 1),
      fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme' }),
      (at, char) => {
        const changed = `${text.slice(0, at)}${char}${text.slice(at + 1)}`;
        const parsed = parseFile(proofFileSchema, changed);
        if (parsed === null) return;
        if (JSON.stringify(parsed) === text || !checkProof(parsed, VERIFIERS).ok) return;
        const evidence = { ...parsed.evidence, endpoint: file.evidence.endpoint };
        expect({ ...parsed, key: file.key, evidence }).toEqual(file);
      },
    ),
    { numRuns: 400 },
  );
});
