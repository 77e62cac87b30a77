/** What the event's page says of evidence that is whole, and of evidence that somebody has changed in the database. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkEntry } from '../../src/views/events/check-entry.ts';
import { checkEvent, verdictOf } from '../../src/views/events/check-event.ts';
import { hexDump } from '../../src/views/events/hex-dump.ts';
import { membersOf } from '../../src/views/events/members-of.ts';
import { type EventDetail, openEvidence } from '../../src/views/events/open-evidence.ts';
import { base64url, newLog } from '../verify/signed-log.ts';
import { entryOf, signedEvent } from './signed-event.ts';

const single = signedEvent(false);
const batch = signedEvent(true);

function failed(detail: EventDetail): readonly string[] {
  if (detail.evidence === null) throw new Error('an event with evidence');
  const checks = checkEvent(
    detail,
    detail.evidence,
    openEvidence(detail.evidence, detail.event.evidence_index),
  );
  return checks.filter(({ verdict }) => verdict !== 'ok').map(({ id }) => id);
}

const withEvidence = (
  detail: EventDetail,
  changes: Partial<NonNullable<EventDetail['evidence']>>,
): EventDetail => ({
  ...detail,
  evidence: detail.evidence === null ? null : { ...detail.evidence, ...changes },
});
const withEvent = (detail: EventDetail, changes: Partial<EventDetail['event']>): EventDetail => ({
  ...detail,
  event: { ...detail.event, ...changes },
});

test('an honest event holds, alone and in a batch, also when its key was revoked later', () => {
  expect([failed(single), failed(batch)]).toEqual([[], []]);
});

test('not one bit of body, signature, key or headers can be changed unseen', () => {
  const members = ['body', 'signature', 'public_key', 'body_sha256'] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(single, batch),
      fc.constantFrom(...members),
      fc.nat(),
      fc.nat(7),
      (detail, member, at, bit) => {
        const bytes = new Uint8Array(Buffer.from(detail.evidence?.[member] ?? '', 'base64url'));
        const place = at % bytes.length;
        bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
        const wrong = failed(withEvidence(detail, { [member]: base64url(bytes) }));
        expect(wrong).toContain(member === 'body_sha256' ? 'body' : 'signature');
      },
    ),
    { numRuns: 60 },
  );
  expect(failed(withEvidence(single, { timestamp: 1_790_000_001 }))).toEqual(['signature', 'headers']);
  expect(failed(withEvidence(single, { nonce: 'another-nonce' }))).toEqual(['signature', 'headers']);
  // What no header can carry is a signature that does not hold, not a fault of the page.
  expect(failed(withEvidence(single, { nonce: '', timestamp: -1, body: '!' }))).toContain('signature');
});

test('a row that says something else than was signed is named by what differs', () => {
  for (const [changes, id] of [
    [{ severity: 'info' }, 'row'],
    [{ techniques: [] }, 'row'],
    [{ campaign_id: 'cmp-2' }, 'row'],
    [{ asset_ref: null }, 'row'],
    [{ event_id: 'evt-2' }, 'claims'],
    [{ tenant_id: '00000000-4f5e-4c1d-9b8a-2d6e0c9a1b55' }, 'claims'],
    [{ content_hash: base64url(new Uint8Array(32)) }, 'content'],
  ] as const) {
    expect([changes, failed(withEvent(single, changes as Partial<EventDetail['event']>))]).toEqual([
      changes,
      [id],
    ]);
  }
  expect(failed(withEvent(single, { execution_hash: 'ef'.repeat(32) }))).toEqual(['row', 'fingerprint']);
  // The other item of the batch is another event.
  expect(failed(withEvent(batch, { evidence_index: 0 }))).toEqual(['claims', 'content']);
});

test('a key that might not verify then is said, whatever it is now', () => {
  const life = (step: Partial<EventDetail['key_life'][number]>): EventDetail => ({
    ...single,
    key_life: single.key_life.slice(0, 1).map((one) => ({ ...one, ...step })),
  });
  expect(failed({ ...single, key_life: [] })).toEqual(['key']);
  expect(failed(life({ state: 'pending' }))).toEqual(['key']);
  expect(failed(life({ covers: false }))).toEqual(['key']);
  expect(failed(life({ not_after: '2026-09-21T14:13:21.000000Z' }))).toEqual(['key']);
  expect(failed(life({ changed_at: '2026-09-21T14:13:21.000001Z' }))).toEqual(['key']);
});

test('the log proves these very bytes: evidence that was replaced as a whole is another', () => {
  const mine = entryOf(single);
  const log = newLog(['{"sequence":0}', '{"sequence":1}', mine.entry, '{"sequence":3}']);
  const judged = (detail: EventDetail, entry = mine, sequence = 2) => {
    const opened = detail.evidence === null ? null : openEvidence(detail.evidence, 0);
    const { checks } = checkEntry(detail, opened, entry, log.inclusion(sequence), null);
    return checks.filter(({ verdict }) => verdict !== 'ok').map(({ id, verdict }) => `${id} ${verdict}`);
  };
  expect(judged(single)).toEqual([]);
  // Signed by another key, and whole in itself.
  expect(failed(signedEvent(false))).toEqual([]);
  expect(judged(signedEvent(false))).toEqual(['evidence bad']);
  expect(judged(withEvidence(single, { identity: 'agent-2' }))).toEqual(['evidence bad']);
  expect(judged(withEvent(single, { event_id: 'evt-2' }))).toEqual(['disclosure bad']);
  expect(judged(withEvent(single, { request_id: '0199f3a0-0000-7c3a-9d55-2b6f0e1c4a77' }))).toEqual([
    'entry bad',
  ]);
  expect(judged(single, { ...mine, entry: mine.entry.replace('accepted', 'rejected') })).toEqual([
    'inclusion bad',
  ]);
  expect(judged({ ...single, evidence: null })).toEqual(['evidence unknown']);
  expect(judged(single, { entry: '', disclosure: '{}' })).toEqual(['entry unknown']);
  expect(verdictOf([])).toBeNull();
});

test('members are the signed ones, numbers of any size as they were written; bytes as hex', () => {
  const opened = openEvidence(single.evidence as NonNullable<EventDetail['evidence']>, 0);
  const members = membersOf(opened.payload ?? {});
  expect(members.find(({ pointer }) => pointer === '/attributes/big')?.value).toBe('12345678901234567890');
  expect(membersOf({ 'a/~b': [true, {}, []] }).map(({ pointer, value }) => `${pointer}=${value}`)).toEqual([
    '/a~1~0b/0=true',
    '/a~1~0b/1={}',
    '/a~1~0b/2=[]',
  ]);
  expect(hexDump(new Uint8Array([...Buffer.from('GET /\u0000é'), 1]), 100)).toBe(
    '00000000  47 45 54 20 2f 00 c3 a9 01                       GET /....',
  );
});
