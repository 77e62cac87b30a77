import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { merkleLeafHash } from '@nyxera/federation-protocol';
import fc from 'fast-check';
import { checkDisclosure, checkEntry } from '../../src/receipts/check-entry.ts';
import { parseReceipt } from '../../src/receipts/receipt.ts';
import { readServedReceipt } from '../../src/receipts/verify-one.ts';

const HASH = 'ab'.repeat(32);
const good = { leaf_hash: HASH, log: 'gateway.example/audit', sequence: 7 };

describe('a receipt', () => {
  test('is read back as it was kept, whatever else is in it', () => {
    expect(parseReceipt(JSON.stringify({ ...good, more: [1] }))).toEqual({
      log: good.log,
      sequence: 7,
      leafHash: new Uint8Array(32).fill(0xab),
    });
  });

  test.each([
    ['no JSON', '{'],
    ['an array', '[]'],
    ['no log', JSON.stringify({ ...good, log: undefined })],
    ['an empty log', JSON.stringify({ ...good, log: '' })],
    ['a log of 256 characters', JSON.stringify({ ...good, log: 'x'.repeat(256) })],
    ['a sequence as text', JSON.stringify({ ...good, sequence: '7' })],
    ['a negative sequence', JSON.stringify({ ...good, sequence: -1 })],
    ['half a sequence', JSON.stringify({ ...good, sequence: 0.5 })],
    ['a sequence beyond 2^53', `{"leaf_hash":"${HASH}","log":"x","sequence":9007199254740993}`],
    ['upper case', JSON.stringify({ ...good, leaf_hash: HASH.toUpperCase() })],
    ['31 bytes', JSON.stringify({ ...good, leaf_hash: HASH.slice(2) })],
    ['a member twice', `{"leaf_hash":"${HASH}","log":"x","log":"y","sequence":1}`],
  ])('with %s is none', (_name, text) => {
    expect(parseReceipt(text)).toBeNull();
  });

  test('never throws, and takes only what has the three members', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(parseReceipt(text)).toBeNull();
      }),
    );
    fc.assert(
      fc.property(
        fc.record({
          log: fc.string({ minLength: 1, maxLength: 255, unit: 'grapheme-ascii' }),
          sequence: fc.maxSafeNat(),
          leaf_hash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
        }),
        ({ log, sequence, leaf_hash: leafHash }) => {
          const text = JSON.stringify({ log, sequence, leaf_hash: Buffer.from(leafHash).toString('hex') });
          expect(parseReceipt(text)).toEqual({ log, sequence, leafHash: new Uint8Array(leafHash) });
        },
      ),
    );
  });
});

const salt = '11'.repeat(32);
const commit = (value: string): string =>
  createHash('sha256').update(Buffer.from(salt, 'hex')).update(value).digest('hex');
const REQUEST = '10000000-0000-4000-8000-000000000001';
const TENANT = '10000000-0000-0000-0000-00000000000a';
const commitments = { operator_id: commit('op-001'), subject: commit('event-1'), tenant_id: commit(TENANT) };
const entry = {
  action: 'telemetry.batch',
  actor: 'agent-1',
  class: 'decision',
  code: 'accepted',
  commitments,
  request_id: REQUEST,
  sequence: 7,
  v: 1,
};
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const disclosure = {
  operator_id: { salt, value: 'op-001' },
  subject: { salt, value: 'event-1' },
  tenant_id: { salt, value: TENANT },
};

describe('the entry of a receipt', () => {
  const check = (value: unknown, requestId: string | null = REQUEST) => {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : bytesOf(value);
    return checkEntry(bytes, { sequence: 7, leafHash: merkleLeafHash(bytes), requestId });
  };

  test.each(['accepted', 'duplicate'])('that records that an event was %s vouches for it', (code) => {
    expect(check({ ...entry, code })).toBeNull();
    expect(check({ ...entry, code, action: 'telemetry' })).toBeNull();
    expect(check({ ...entry, code }, null)).toBeNull();
  });

  test.each([
    ['another request', { ...entry, request_id: 'other' }, /another request/],
    ['another place', { ...entry, sequence: 8 }, /another sequence/],
    ['a refusal', { ...entry, code: 'schema_invalid' }, /does not record/],
    ['no code', { ...entry, code: undefined }, /does not record/],
    ['something else that was accepted', { ...entry, action: 'graph' }, /not about an event/],
    ['a list', [], /no JSON object/],
    ['no JSON', '{"', /no JSON object/],
  ])('of %s does not', (_name, value, why) => {
    expect(check(value)).toMatch(why);
  });

  test('whose bytes are others than those of the leaf does not', () => {
    const expected = { sequence: 7, leafHash: merkleLeafHash(bytesOf(entry)), requestId: REQUEST };
    expect(checkEntry(bytesOf({ ...entry, v: 2 }), expected)).toMatch(/leaf hash/);
  });
});

describe('the disclosure of an entry', () => {
  const expected = { eventId: 'event-1', tenantId: TENANT, operatorId: 'op-001' };
  const check = (disclosed: unknown, of: unknown = entry) =>
    checkDisclosure(
      bytesOf(of),
      typeof disclosed === 'string' ? disclosed : JSON.stringify(disclosed),
      expected,
    );

  test('opens it to this event; what was erased opens to nothing', () => {
    expect(check(disclosure)).toEqual({ obstacle: null, complete: true });
    expect(check({ ...disclosure, subject: undefined })).toEqual({ obstacle: null, complete: false });
    expect(check({})).toEqual({ obstacle: null, complete: false });
  });

  test('of a tenant in capitals is the same tenant', () => {
    const value = TENANT.toUpperCase();
    const of = { ...entry, commitments: { ...commitments, tenant_id: commit(value) } };
    expect(check({ ...disclosure, tenant_id: { salt, value } }, of)).toMatchObject({ complete: true });
  });

  test.each([
    [
      'another value than was committed',
      { ...disclosure, subject: { salt, value: 'event-2' } },
      /does not open/,
    ],
    [
      'another salt',
      { ...disclosure, subject: { salt: '22'.repeat(32), value: 'event-1' } },
      /does not open/,
    ],
    ['no salt', { ...disclosure, subject: { value: 'event-1' } }, /does not open/],
    ['a list', [], /cannot be opened/],
    ['no JSON', '{', /cannot be opened/],
  ])('with %s opens nothing', (_name, disclosed, why) => {
    expect(check(disclosed).obstacle).toMatch(why);
  });

  test('to another event is refused, although it opens', () => {
    const of = { ...entry, commitments: { ...commitments, subject: commit('event-2') } };
    expect(check({ ...disclosure, subject: { salt, value: 'event-2' } }, of).obstacle).toMatch(
      /subject is another/,
    );
    const { subject: _, ...without } = commitments;
    expect(check(disclosure, { ...entry, commitments: without }).obstacle).toMatch(/commits to no subject/);
  });
});

describe('what the gateway serves for a request', () => {
  const served = {
    checkpoint: 'note',
    entries: [{ sequence: 7, entry: '{}', disclosure: '{}', proof: [Buffer.alloc(32).toString('base64')] }],
  };

  test('is read, also where nothing is proven yet', () => {
    expect(readServedReceipt(served)).toMatchObject({ checkpoint: 'note', entries: [{ sequence: 7 }] });
    expect(
      readServedReceipt({ checkpoint: null, entries: [{ ...served.entries[0], proof: null }] }),
    ).toMatchObject({
      checkpoint: null,
      entries: [{ proof: null }],
    });
  });

  test.each([
    ['no entries', { checkpoint: 'note' }],
    ['a number for the checkpoint', { ...served, checkpoint: 1 }],
    ['more entries than a batch has items', { ...served, entries: Array(1001).fill(served.entries[0]) }],
    ['half a hash', { ...served, entries: [{ ...served.entries[0], proof: ['AAAA'] }] }],
    [
      '65 hashes',
      { ...served, entries: [{ ...served.entries[0], proof: Array(65).fill(served.entries[0]?.proof[0]) }] },
    ],
    ['no proof member', { ...served, entries: [{ ...served.entries[0], proof: 'none' }] }],
    ['a negative sequence', { ...served, entries: [{ ...served.entries[0], sequence: -1 }] }],
  ])('with %s is refused', (_name, value) => {
    expect(readServedReceipt(value)).toBeNull();
  });

  test('never makes it throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(readServedReceipt(value as never)).toBeNull();
      }),
    );
  });
});
