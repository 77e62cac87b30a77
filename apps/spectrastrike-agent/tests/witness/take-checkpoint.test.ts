import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { formatNote, openNote, parseNote } from '@nyxera/federation-protocol';
import { type TemporaryDirectory, temporaryDirectory } from '@nyxera/federation-testing';
import fc from 'fast-check';
import { listSecurityEntries } from '../../src/security-log.ts';
import { openState, type State } from '../../src/state/open-state.ts';
import { clearForks, listForks, standingFork } from '../../src/witness/fork-store.ts';
import { type Taken, type TakeParts, takeCheckpoint } from '../../src/witness/take-checkpoint.ts';
import { forgetLog, remember, rememberedLog } from '../../src/witness/witness-store.ts';
import { flipBit, logKey, ORIGIN, TestLog, trusted } from './test-log.ts';

const GATEWAY = 'https://gateway.example:8443';
const NOW = 1_800_000_000_000;

let directory: TemporaryDirectory;
let state: State;
let log: TestLog;

beforeEach(() => {
  directory = temporaryDirectory('witness');
  state = openState(directory.path);
  log = TestLog.of(300);
});
afterEach(() => {
  state.close();
  directory.remove();
});

const parts = (of: TestLog = log): TakeParts => ({
  state,
  client: of.client(),
  gateway: GATEWAY,
  log: trusted(log.key),
  now: () => NOW,
});
const known = () => rememberedLog(state.db, ORIGIN);
const take = (note: string, of: TestLog = log): Promise<Taken> => takeCheckpoint(parts(of), known(), note);
const codes = () => listSecurityEntries(state.db, { limit: 10 }).map((one) => one.code);

test('the first is remembered, each next one in its place, the same again changes nothing', async () => {
  expect(await take(log.checkpoint(100))).toMatchObject({ kind: 'taken', previousSize: null });
  expect(await take(log.checkpoint(100))).toMatchObject({ kind: 'taken', previousSize: 100 });
  expect(await take(log.checkpoint(300))).toMatchObject({ kind: 'taken', previousSize: 100 });
  expect(known()).toMatchObject({ size: 300, gateway: GATEWAY, note: log.checkpoint(300), firstSeenMs: NOW });
  expect(codes()).toEqual([]);
});

test('what is remembered survives a restart, without the cosignatures of others', async () => {
  const witness = logKey();
  const note = parseNote(log.checkpoint(100));
  if (!note.ok) throw new Error(note.code);
  const signature = { name: 'someone', keyId: 7, signature: witness.sign('anything') };
  const cosigned = formatNote(note.value.text, [...note.value.signatures, signature]);
  await take(cosigned);
  state.close();
  state = openState(directory.path);
  expect(known()?.note).toBe(log.checkpoint(100));
});

describe('refused, and nothing is remembered', () => {
  beforeEach(async () => {
    await take(log.checkpoint(100));
  });
  const cases: readonly (readonly [string, string, () => string])[] = [
    ['the key of somebody else', 'note_unsigned', () => new TestLog(log.entries).checkpoint()],
    [
      'another log, by the right key',
      'note_unsigned',
      () => new TestLog(log.entries, log.key, 'other.example/audit').checkpoint(),
    ],
    ['no note', 'note_malformed', () => 'hello'],
    [
      'a changed size under the old signature',
      'note_signature_invalid',
      () => log.checkpoint().replace('\n300\n', '\n301\n'),
    ],
    [
      "the log's signature under another text",
      'checkpoint_malformed',
      () => signedText('no checkpoint at all\n'),
    ],
    [
      'another origin, signed in the name of this log',
      'checkpoint_origin_mismatch',
      () =>
        signedText(
          log.checkpoint().split('\n\n')[0]?.replace(ORIGIN, 'other.example/audit').concat('\n') ?? '',
        ),
    ],
  ];
  function signedText(text: string): string {
    const parsed = parseNote(log.checkpoint());
    if (!parsed.ok) throw new Error(parsed.code);
    const [ours] = parsed.value.signatures;
    if (ours === undefined) throw new Error('unsigned');
    return formatNote(text, [{ ...ours, signature: log.key.sign(text) }]);
  }
  test.each(cases)('%s: %s', async (_name, code, note) => {
    expect(await take(note())).toMatchObject({ kind: 'refused', code });
    expect(known()).toMatchObject({ size: 100 });
    expect(codes()).toEqual([code]);
    expect(listForks(state.db)).toEqual([]);
  });

  test('any flipped bit', async () => {
    const bytes = new TextEncoder().encode(log.checkpoint(200));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length * 8 - 1 }), async (bit) => {
        const note = new TextDecoder().decode(flipBit(bytes, bit));
        expect((await take(note)).kind).toBe('refused');
      }),
      { numRuns: 60 },
    );
    expect(known()).toMatchObject({ size: 100 });
  });
});

describe('a log that contradicts itself', () => {
  const rewritten = (): TestLog => TestLog.of(300, (n) => (n === 7 ? 'another past' : `entry ${n}`), log.key);

  test.each([
    ['larger', 'tree_forked', () => rewritten().checkpoint()],
    ['of the same size', 'tree_forked', () => rewritten().checkpoint(100)],
    ['smaller', 'tree_shrunk', () => log.checkpoint(99)],
  ])('%s: evidence, flag and security event; the memory stays', async (_name, code, note) => {
    await take(log.checkpoint(100));
    expect(await take(note(), rewritten())).toMatchObject({ kind: 'forked', code: 'audit_fork_detected' });
    expect(known()).toMatchObject({ size: 100 });
    expect(codes()).toEqual(['audit_fork_detected']);
    const fork = standingFork(state.db, GATEWAY, ORIGIN);
    expect(fork).toMatchObject({
      code,
      rememberedNote: log.checkpoint(100),
      offeredNote: note(),
      detectedAtMs: NOW,
    });
    for (const evidence of [fork?.rememberedNote, fork?.offeredNote]) {
      expect(openNote(evidence ?? '', trusted(log.key).verifiers).ok).toBe(true);
    }
    // Once more is no second piece of evidence, and stops as well.
    expect(await take(note(), rewritten())).toMatchObject({ kind: 'forked' });
    expect(listForks(state.db)).toHaveLength(1);
  });

  test('it stands under another URL of the same log, and for another log at the same URL', async () => {
    await take(log.checkpoint(100));
    await take(log.checkpoint(99));
    expect(standingFork(state.db, 'https://other.example', ORIGIN)).not.toBeNull();
    expect(standingFork(state.db, GATEWAY, null)).not.toBeNull();
    expect(standingFork(state.db, 'https://other.example', 'other.example/audit')).toBeNull();
  });

  test('no checkpoint is remembered while it stands; evidence is never changed nor removed', async () => {
    await take(log.checkpoint(100));
    await take(log.checkpoint(99));
    expect(await take(log.checkpoint(200))).toEqual({ kind: 'overtaken' });
    expect(known()).toMatchObject({ size: 100 });
    for (const sql of [
      'DELETE FROM audit_forks',
      "UPDATE audit_forks SET offered_note = 'x'",
      "UPDATE audit_forks SET detail = 'x'",
      "UPDATE audit_forks SET proof = '{}'",
    ]) {
      expect(() => state.db.exec(sql)).toThrow(/evidence of a fork/);
    }
    expect(clearForks(state.db, GATEWAY, ORIGIN, 'because', NOW)).toBe(1);
    expect(() => state.db.exec('UPDATE audit_forks SET cleared_at_ms = NULL, cleared_reason = NULL')).toThrow(
      /evidence of a fork/,
    );
    expect(await take(log.checkpoint(200))).toMatchObject({ kind: 'taken' });
  });
});

describe('several processes of one agent', () => {
  test('whoever compared with an older tree is told to compare again', async () => {
    await take(log.checkpoint(100));
    const before = known();
    await take(log.checkpoint(200));
    expect(await takeCheckpoint(parts(), before, log.checkpoint(150))).toEqual({ kind: 'overtaken' });
    expect(known()).toMatchObject({ size: 200 });
    expect(await takeCheckpoint(parts(), null, log.checkpoint(150))).toEqual({ kind: 'overtaken' });
    expect(listForks(state.db)).toEqual([]);
  });

  test('the size alone is not enough: a tree of the same size with another root is not overwritten', () => {
    const { root } = log.head(100);
    const row = { origin: ORIGIN, gateway: GATEWAY, size: 100, root, note: log.checkpoint(100) };
    expect(remember(state.db, null, row, NOW)).toBe(true);
    const other = { size: 100, root: log.head(99).root };
    expect(remember(state.db, other, { ...row, size: 200 }, NOW)).toBe(false);
    expect(known()).toMatchObject({ size: 100 });
  });
});

test('what a reset made the agent forget stays on record', async () => {
  await take(log.checkpoint(100));
  const before = known();
  if (before === null) throw new Error('nothing remembered');
  state.transaction(() => forgetLog(state.db, before, 'restored from a backup', NOW));
  expect(known()).toBeNull();
  expect(state.db.prepare('SELECT note, reason FROM witness_resets').all()).toEqual([
    { note: log.checkpoint(100), reason: 'restored from a backup' },
  ]);
  expect(() => state.db.exec('DELETE FROM witness_resets')).toThrow(/never removed/);
});
