import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { canonicalizeCompat } from '@nyxera/federation-protocol';
import { classOfCode } from '../../src/audit/classify.ts';
import { commitTo, entryFragments, leafHash, makeCommitments, writeEntry } from '../../src/audit/entry.ts';
import { forEachStore, rowsOf } from '../store/stores.ts';

const DRAFT = {
  requestId: '01890a5d-ac96-774b-bcce-b302099a8057',
  action: 'telemetry',
  actor: 'agent "ä" \\ \u0000 \u007f \u{1F600}',
  tenantId: '11111111-1111-4111-8111-111111111111',
  operatorId: 'operator|\u0000|\u{1F600}',
  subject: 'event-1',
  evidenceSha256: 'a'.repeat(64),
  kid: 'key-1',
  peerSha256: 'c'.repeat(64),
};
const RECORDED = {
  class: 'security',
  code: 'replay_detected',
  recordedAt: '2026-11-23T15:00:00.123Z',
  requestId: DRAFT.requestId,
  sequence: 9_007_199_254_740_991,
} as const;

test.each([
  ['full', DRAFT],
  [
    'empty',
    {
      ...DRAFT,
      tenantId: null,
      operatorId: null,
      subject: null,
      evidenceSha256: null,
      kid: null,
      peerSha256: null,
    },
  ],
])('an entry put together from fragments is its own canonical form (%s)', (_, draft) => {
  const fragments = entryFragments(draft, makeCommitments(draft));
  const entry = writeEntry(fragments, RECORDED);
  const parsed = JSON.parse(entry);
  expect(canonicalizeCompat(parsed)).toBe(entry);
  expect(Object.keys(parsed)).toEqual([
    'action',
    'actor',
    'class',
    'code',
    'commitments',
    'evidence_sha256',
    'kid',
    'peer_sha256',
    'recorded_at',
    'request_id',
    'sequence',
    'v',
  ]);
  const disclosure = JSON.parse(fragments.disclosure);
  expect(canonicalizeCompat(disclosure)).toBe(fragments.disclosure);
  expect(Object.keys(disclosure)).toEqual(Object.keys(parsed.commitments));
  for (const [member, { salt, value }] of Object.entries<{ salt: string; value: string }>(disclosure)) {
    expect(salt).toMatch(/^[0-9a-f]{64}$/);
    expect(commitTo(value, Buffer.from(salt, 'hex'))).toBe(parsed.commitments[member]);
  }
  // What is private is in the disclosure only.
  if (draft.subject !== null) expect(entry).not.toContain(draft.subject);
});

test('the leaf hash is that of RFC 9162, and of no entry it is the hash of a zero byte', () => {
  expect(Buffer.from(leafHash('')).toString('hex')).toBe(
    createHash('sha256').update(Buffer.of(0)).digest('hex'),
  );
});

test('salts are fresh', () => {
  const [one, two] = [makeCommitments(DRAFT), makeCommitments(DRAFT)];
  expect(one.tenant?.commitment).not.toBe(two.tenant?.commitment);
});

test.each([
  ['replay_detected', 'security'],
  ['event_conflict', 'security'],
  ['key_domain_violation', 'security'],
  ['schema_invalid', 'decision'],
  ['accepted', 'decision'],
])('%s is of class %s', (code, expected) => {
  expect(classOfCode(code)).toBe(expected);
});

test('the largest entry there can be fits a bundle many times over (C2SP tlog-tiles: 65535 bytes)', () => {
  const draft = {
    ...DRAFT,
    action: 'key.import.telemetry'.padEnd(64, 'x'),
    // What PROTOCOL.md section 2 allows and escapes worst; what section 15 allows; commitments hide any length.
    actor: '"'.repeat(128),
    kid: 'k'.repeat(64),
    subject: 'x'.repeat(10_000),
  };
  const entry = writeEntry(entryFragments(draft, makeCommitments(draft)), RECORDED);
  expect(Buffer.byteLength(entry)).toBeLessThan(2_048);
});

forEachStore('the entry in SQL', (store) => {
  test('is the same text and the same leaf', async () => {
    const fragments = entryFragments(DRAFT, makeCommitments(DRAFT));
    const entry = writeEntry(fragments, RECORDED);
    await store().asOwner(
      'GRANT EXECUTE ON FUNCTION federation.audit_entry, federation.audit_time TO vectorvue_serve',
    );
    const [row] = await rowsOf<{ entry: string; leaf: Uint8Array }>(
      store().db,
      `SELECT entry, sha256('\\x00'::bytea || convert_to(entry, 'UTF8')) AS leaf
         FROM audit_entry($1, $2, $3, $4, audit_time($5::timestamptz), $6, $7) AS entry`,
      [
        fragments.head,
        RECORDED.class,
        RECORDED.code,
        fragments.middle,
        new Date(RECORDED.recordedAt),
        RECORDED.requestId,
        RECORDED.sequence,
      ],
    );
    expect(row?.entry).toBe(entry);
    expect(row?.leaf).toEqual(leafHash(entry));
  });
});
