import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Checkpoint,
  formatCheckpoint,
  openCheckpoint,
  parseCheckpointText,
} from '../../src/tlog/checkpoint.ts';
import {
  cosignatureInput,
  cosignatureLine,
  cosignatureTime,
  cosignatureVerifier,
} from '../../src/tlog/cosignature.ts';
import {
  formatVerifierKey,
  NOTE_COSIGNATURE_V1,
  NOTE_ED25519,
  noteKeyId,
  noteVerifier,
  parseVerifierKey,
} from '../../src/tlog/note-verifier.ts';
import {
  formatNote,
  formatNoteSignature,
  isKeyName,
  type NoteSignature,
  openNote,
  parseNote,
} from '../../src/tlog/signed-note.ts';
import { codePoint, signWith, testKey, utf8 } from '../support.ts';
import { accepted, expectRefused, flipped, leaf } from './support.ts';

const LOG = testKey(11);
const OTHER = testKey(12);
const WITNESS = testKey(13);
const ORIGIN = 'gateway.example/audit';
const WITNESS_NAME = 'agent.example/witness';

const logVerifier = noteVerifier(ORIGIN, LOG.key);
const witnessVerifier = cosignatureVerifier(WITNESS_NAME, WITNESS.key);
const text = formatCheckpoint({ origin: ORIGIN, size: 42, root: leaf(1) });

function logSignature(signed = text, by = LOG): NoteSignature {
  return {
    name: ORIGIN,
    keyId: noteKeyId(ORIGIN, NOTE_ED25519, by.key),
    signature: signWith(by.privateKey, utf8(signed)),
  };
}

function cosignature(time: number, signed = text): NoteSignature {
  const signature = signWith(WITNESS.privateKey, cosignatureInput(signed, time));
  return cosignatureLine(WITNESS_NAME, WITNESS.key, time, signature);
}

describe('signed notes', () => {
  const note = formatNote(text, [logSignature(), cosignature(1_700_000_000)]);

  test('are opened by the keys that signed them', () => {
    const opened = accepted(openNote(note, [witnessVerifier, logVerifier]));
    expect(opened.text).toBe(text);
    expect(opened.verifiedBy).toEqual([logVerifier, witnessVerifier]);
    expect(accepted(openNote(note, [witnessVerifier])).verifiedBy).toEqual([witnessVerifier]);
    expect(accepted(parseNote(note)).signatures).toHaveLength(2);
  });

  test('a key that nobody asked for opens nothing, whichever half of its address it shares', () => {
    expectRefused(openNote(note, []), 'note_unsigned');
    expectRefused(openNote(note, [noteVerifier(ORIGIN, OTHER.key)]), 'note_unsigned');
    const sameKeyOtherName = noteVerifier('elsewhere.example', LOG.key);
    expectRefused(openNote(note, [sameKeyOtherName]), 'note_unsigned');
    expectRefused(openNote(note, [{ ...logVerifier, name: 'elsewhere.example' }]), 'note_unsigned');
    // The key of a log is no witness of it: the type is in the key id.
    expectRefused(openNote(note, [cosignatureVerifier(ORIGIN, LOG.key)]), 'note_unsigned');
  });

  test('one false signature of a key that was asked for refuses the note, though another is true', () => {
    const forged = { ...logSignature(), signature: flipped(logSignature().signature, 77) };
    const both = formatNote(text, [cosignature(1), forged]);
    expectRefused(openNote(both, [logVerifier, witnessVerifier]), 'note_signature_invalid');
    accepted(openNote(both, [witnessVerifier]));
    const twice = formatNote(text, [logSignature(), forged]);
    expectRefused(openNote(twice, [logVerifier]), 'note_signature_invalid');
  });

  test('every flipped bit of the text is found', () => {
    fc.assert(
      fc.property(fc.nat(utf8(text).length * 8 - 1), (bit) => {
        const changed = new TextDecoder().decode(flipped(utf8(text), bit));
        const opened = openNote(note.replace(text, changed), [logVerifier]);
        expect(opened.ok ? 'accepted' : opened.code).toMatch(/^note_(?:signature_invalid|malformed)$/);
      }),
    );
  });

  test('other forms are no notes', () => {
    const [line = ''] = note.split('\n').filter((found) => found.startsWith('— '));
    for (const bad of [
      '',
      text,
      `${text}\n`,
      note.slice(0, -1),
      `${note}\n`,
      `${note}x\n`,
      note.replace('\n\n', '\n'),
      note.replace('— ', '- '),
      note.replace('— ', '—'),
      note.replace(`— ${ORIGIN} `, `— ${ORIGIN}  `),
      note.replace(`— ${ORIGIN} `, '—  '),
      note.replace(`— ${ORIGIN} `, '— a+b '),
      note.replace(`— ${ORIGIN} `, '— a\u0085b '),
      note.replaceAll('\n', '\r\n'),
      note.replace('42', '4\t2'),
      note.replace('42', '4\u00002'),
      note.replace('42', '4\ud8002'),
      `${text}\n— name AAAAAA==\n`,
      `${text}\n— name AAAAAAA\n`,
      `${text}\n${`${line}\n`.repeat(101)}`,
      `${'x'.repeat(1_048_576)}\n\n${line}\n`,
    ]) {
      expectRefused(openNote(bad, [logVerifier]), 'note_malformed');
    }
    accepted(openNote(`${text}\n${`${line}\n`.repeat(100)}`, [logVerifier]));
  });

  test('the text may hold empty lines: the last one ends it', () => {
    const poem = 'a\n\n\nb\n';
    const signed = formatNote(poem, [logSignature(poem)]);
    expect(accepted(openNote(signed, [logVerifier])).text).toBe(poem);
    expect(() => formatNote('a\n\n', [logSignature('a\n\n')])).not.toThrow();
    expect(() => formatNote('no newline', [logSignature()])).toThrow(/no text and signatures/);
    expect(() => formatNote(text, [])).toThrow(/no text and signatures/);
    expect(() => formatNoteSignature({ name: 'a b', keyId: 1, signature: leaf(0) })).toThrow(/no name/);
    expect(() => formatNoteSignature({ ...logSignature(), signature: new Uint8Array(0) })).toThrow(
      /at least one/,
    );
  });

  test('nothing that is read throws', () => {
    const piece = fc.oneof(
      fc.string({ unit: codePoint }),
      fc.constantFrom('\n', '\n\n', '— ', `— ${ORIGIN} AAAAAAA=`, text, '\n— a AAAAAAAA\n'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const garbage = pieces.join('');
        const parsed = parseNote(garbage);
        expect(openNote(garbage, [logVerifier, witnessVerifier]).ok).toBe(false);
        if (parsed.ok) expect(formatNote(parsed.value.text, parsed.value.signatures)).toBe(garbage);
        parseCheckpointText(garbage);
        expect(openCheckpoint(garbage, ORIGIN, [logVerifier]).ok).toBe(false);
        parseVerifierKey(garbage);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('verifier keys', () => {
  test('come back as they were', () => {
    for (const type of [NOTE_ED25519, NOTE_COSIGNATURE_V1] as const) {
      const parsed = accepted(parseVerifierKey(formatVerifierKey({ name: ORIGIN, type, key: LOG.key })));
      expect([parsed.name, parsed.type, parsed.key.kid]).toEqual([ORIGIN, type, LOG.key.kid]);
    }
  });

  test('the name is bound to the key by its id', () => {
    const key = formatVerifierKey({ name: ORIGIN, type: NOTE_ED25519, key: LOG.key });
    const [, id = '', encoded = ''] = key.split('+');
    for (const bad of [
      key.replace(ORIGIN, 'elsewhere.example'),
      `${ORIGIN}+00000000+${encoded}`,
      `${ORIGIN}+${id.toUpperCase()}x+${encoded}`,
      `${ORIGIN}+${id}+${encoded.slice(4)}`,
      `${ORIGIN}+${id}`,
      `+${id}+${encoded}`,
      `${key} `,
      `${key}\n`,
      `${ORIGIN}+${id}+${Buffer.from([9, ...LOG.key.raw]).toString('base64')}`,
      `${ORIGIN}+${id}+${Buffer.alloc(33, 1).toString('base64')}`,
    ]) {
      expectRefused(parseVerifierKey(bad), 'verifier_key_malformed');
    }
    expect(() => noteKeyId('two words', NOTE_ED25519, LOG.key)).toThrow(/no name/);
  });

  test('names', () => {
    expect(['a', 'example.com/x', 'spectrastrike:agent', 'ü'].every(isKeyName)).toBe(true);
    const bad = ['', ' ', 'a b', 'a+b', 'a\u00a0b', 'a\u0085', '\u3000', 'a\n', '\ud800', 'a\u007f'];
    expect(bad.filter(isKeyName)).toEqual([]);
  });
});

describe('checkpoints', () => {
  const note = (body: string) => formatNote(body, [logSignature(body)]);

  test('are opened by the key of their log, for their origin alone', () => {
    const opened = accepted(openCheckpoint(note(text), ORIGIN, [logVerifier]));
    expect(opened).toMatchObject({ origin: ORIGIN, size: 42, root: leaf(1), extensions: [] });
    expectRefused(openCheckpoint(note(text), 'other.example', [logVerifier]), 'checkpoint_origin_mismatch');
    expectRefused(openCheckpoint(note(text), ORIGIN, [noteVerifier(ORIGIN, OTHER.key)]), 'note_unsigned');
    const cosignedOnly = formatNote(text, [cosignature(5)]);
    expectRefused(openCheckpoint(cosignedOnly, ORIGIN, [logVerifier]), 'note_unsigned');
    expectRefused(openCheckpoint(note('a\nb\nc\n'), ORIGIN, [logVerifier]), 'checkpoint_malformed');
  });

  test('extension lines are kept and not read', () => {
    const extended = accepted(parseCheckpointText(`${text}what=ever\n\u00e9\n`));
    expect(extended.extensions).toEqual(['what=ever', '\u00e9']);
  });

  test('what is formatted is parsed', () => {
    const claim = fc.record({
      origin: fc.string({ minLength: 1 }).filter((origin) => !origin.includes('\n')),
      size: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      root: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    });
    fc.assert(
      fc.property(claim, (given) => {
        const expected: Checkpoint = { ...given, extensions: [] };
        expect(parseCheckpointText(formatCheckpoint(given))).toEqual({ ok: true, value: expected });
      }),
    );
  });

  test('other forms are none', () => {
    const [, , root = ''] = text.split('\n');
    for (const bad of [
      '',
      `${ORIGIN}\n42\n`,
      `${ORIGIN}\n42\n${root}`,
      `\n42\n${root}\n`,
      `${ORIGIN}\n42\n${root}\n\n`,
      `${ORIGIN}\n42\n\n${root}\n`,
      `${ORIGIN}\n042\n${root}\n`,
      `${ORIGIN}\n-42\n${root}\n`,
      `${ORIGIN}\n+42\n${root}\n`,
      `${ORIGIN}\n4e1\n${root}\n`,
      `${ORIGIN}\n9007199254740992\n${root}\n`,
      `${ORIGIN}\n18446744073709551615\n${root}\n`,
      `${ORIGIN}\n42\n${root.slice(0, -1)}\n`,
      `${ORIGIN}\n42\n${Buffer.alloc(31).toString('base64')}\n`,
      `${ORIGIN}\n42\n${Buffer.alloc(33).toString('base64')}\n`,
      // A tree without leaves has one root.
      `${ORIGIN}\n0\n${root}\n`,
    ]) {
      expectRefused(parseCheckpointText(bad), 'checkpoint_malformed');
    }
    for (const bad of [
      { origin: '', size: 1, root: leaf(0) },
      { origin: 'a\nb', size: 1, root: leaf(0) },
      { origin: 'a', size: 1.5, root: leaf(0) },
      { origin: 'a', size: -1, root: leaf(0) },
      { origin: 'a', size: 1, root: leaf(0).slice(1) },
    ]) {
      expect(() => formatCheckpoint(bad)).toThrow(/no checkpoint/);
    }
  });
});

describe('cosignatures', () => {
  test('say when, and are bound to it', () => {
    const line = cosignature(1_679_315_147);
    expect(cosignatureTime(line.signature)).toBe(1_679_315_147);
    expect(new TextDecoder().decode(cosignatureInput(text, 7))).toBe(`cosignature/v1\ntime 7\n${text}`);
    accepted(openNote(formatNote(text, [line]), [witnessVerifier]));
    fc.assert(
      fc.property(fc.nat(72 * 8 - 1), (bit) => {
        const changed = { ...line, signature: flipped(line.signature, bit) };
        const opened = openNote(formatNote(text, [changed]), [witnessVerifier]);
        expectRefused(opened, 'note_signature_invalid');
      }),
      { numRuns: 50 },
    );
  });

  test('of another checkpoint, of another length, by a plain signature: invalid', () => {
    const elsewhere = cosignature(5, text.replace('42', '43'));
    const plain = { ...cosignature(5), signature: signWith(WITNESS.privateKey, utf8(text)) };
    const long = { ...cosignature(5), signature: new Uint8Array(73) };
    const distant = cosignature(5).signature.slice();
    distant.fill(0xff, 0, 8);
    for (const bad of [elsewhere, plain, long, { ...plain, signature: distant }]) {
      expectRefused(openNote(formatNote(text, [bad]), [witnessVerifier]), 'note_signature_invalid');
    }
    expect(cosignatureTime(distant)).toBeNull();
    expect(cosignatureTime(new Uint8Array(71))).toBeNull();
  });

  test('misuse is refused', () => {
    for (const time of [-1, 1.5, 2 ** 53, Number.NaN]) {
      expect(() => cosignatureInput(text, time)).toThrow(/whole seconds/);
      expect(() => cosignatureLine('w', WITNESS.key, time, new Uint8Array(64))).toThrow(/whole seconds/);
    }
    expect(() => cosignatureLine('w', WITNESS.key, 1, new Uint8Array(63))).toThrow(/64 bytes/);
  });
});
