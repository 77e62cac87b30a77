import { describe, expect, test } from '@jest/globals';
import { merkleLeafHash } from '@nyxera/federation-protocol';
import fc from 'fast-check';
import type { DeliveredReceipt } from '../../src/receipts/receipt-store.ts';
import { type PageResult, verifyPage } from '../../src/receipts/verify-page.ts';
import { createTreeReader } from '../../src/witness/tree-reader.ts';
import { flipBit, ORIGIN, TestLog } from '../witness/test-log.ts';

const SIZE = 700;
const entryOf = (n: number): string =>
  JSON.stringify({ action: 'telemetry', code: 'accepted', request_id: `request-${n}`, sequence: n });
const log = TestLog.of(SIZE, entryOf);

function delivered(n: number, more: Partial<DeliveredReceipt> = {}): DeliveredReceipt {
  const leafHash = merkleLeafHash(new TextEncoder().encode(entryOf(n)));
  return {
    seq: n + 1,
    eventId: `event-${n}`,
    gateway: 'https://gateway.example',
    operatorId: 'op-001',
    tenantId: '10000000-0000-0000-0000-00000000000a',
    receipt: JSON.stringify({ leaf_hash: Buffer.from(leafHash).toString('hex'), log: ORIGIN, sequence: n }),
    requestId: `request-${n}`,
    deliveredAtMs: 1,
    verifiedSize: null,
    code: null,
    ...more,
  };
}

function verify(
  page: readonly DeliveredReceipt[],
  of: TestLog = log,
  size = SIZE,
  client = of.client(),
): Promise<PageResult> {
  const read = createTreeReader(client, size);
  return verifyPage({ client, read, origin: ORIGIN, head: of.head(size) }, page);
}

const kinds = (result: PageResult): Record<number, string> => {
  if (!result.ok) throw new Error(result.fault.code);
  return Object.fromEntries(
    result.findings.map((one) => [one.seq - 1, one.kind === 'failed' ? one.code : one.kind]),
  );
};

test('what is in the tree is confirmed at its size, what is beyond is pending: any set, any order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 0, max: SIZE - 1 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: SIZE }),
      async (indices, size) => {
        const result = await verify(
          indices.map((n) => delivered(n)),
          log,
          size,
        );
        expect(kinds(result)).toEqual(
          Object.fromEntries(indices.map((n) => [n, n < size ? 'verified' : 'pending'])),
        );
        if (result.ok) {
          for (const one of result.findings) if (one.kind === 'verified') expect(one.size).toBe(size);
        }
      },
    ),
    { numRuns: 25 },
  );
});

test('neighbours share what they need: two tiles for 256 receipts, and the two that their paths share', async () => {
  const fresh = TestLog.of(SIZE, entryOf);
  const result = await verify(
    Array.from({ length: 512 }, (_, n) => delivered(n)),
    fresh,
  );
  expect(Object.values(kinds(result)).every((one) => one === 'verified')).toBe(true);
  expect([...fresh.asked].sort()).toEqual([
    '0/0.256',
    '0/1.256',
    '0/2.188',
    '1/0.2',
    'entries/0.256',
    'entries/1.256',
  ]);
});

describe('a gateway that lies', () => {
  test('another entry in the place of one: missing, and that one alone', async () => {
    const other = TestLog.of(SIZE, (n) => (n === 300 ? 'another entry' : entryOf(n)));
    const found = kinds(await verify([delivered(299), delivered(300), delivered(301)], other));
    expect(found).toEqual({ 299: 'verified', 300: 'receipt_missing', 301: 'verified' });
  });

  test('the leaf of something else as a receipt', async () => {
    const text = JSON.stringify({ action: 'graph', code: 'accepted', request_id: 'request-5', sequence: 5 });
    const other = TestLog.of(SIZE, (n) => (n === 5 ? text : entryOf(n)));
    const leafHash = Buffer.from(merkleLeafHash(new TextEncoder().encode(text))).toString('hex');
    const receipt = JSON.stringify({ leaf_hash: leafHash, log: ORIGIN, sequence: 5 });
    expect(kinds(await verify([delivered(5, { receipt })], other))).toEqual({ 5: 'receipt_entry_mismatch' });
    expect(kinds(await verify([delivered(6, { requestId: 'another' })]))).toEqual({
      6: 'receipt_entry_mismatch',
    });
  });

  test('a receipt of another log, and what is none', async () => {
    const receipt = delivered(5).receipt?.replace(ORIGIN, 'other.example/audit') ?? '';
    expect(kinds(await verify([delivered(5, { receipt })]))).toEqual({ 5: 'receipt_of_other_log' });
    expect(kinds(await verify([delivered(5, { receipt: '{}' })]))).toEqual({ 5: 'receipt_malformed' });
  });

  test('wrong tiles: nothing is said about any receipt', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat({ max: SIZE - 1 }), async (bit, n) => {
        const client = log.client((tile, bytes) => (tile.level === 'entries' ? bytes : flipBit(bytes, bit)));
        const result = await verify([delivered(n)], log, SIZE, client);
        // A bit that neither the leaf nor its path needs changes nothing.
        if (result.ok) expect(kinds(result)).toEqual({ [n]: 'verified' });
        else expect(result.fault.code).toBe('proof_mismatch');
      }),
      { numRuns: 40 },
    );
  });

  test('a tile or a bundle that is withheld or cut', async () => {
    for (const [level, code] of [
      [0, 'not_found'],
      [1, 'not_found'],
      ['entries', 'not_found'],
    ] as const) {
      const client = log.client((tile, bytes) => (tile.level === level ? null : bytes));
      expect(await verify([delivered(5)], log, SIZE, client)).toMatchObject({ ok: false, fault: { code } });
    }
    const cut = log.client((tile, bytes) => (tile.level === 'entries' ? bytes.subarray(0, -1) : bytes));
    expect(await verify([delivered(5)], log, SIZE, cut)).toMatchObject({
      ok: false,
      fault: { code: 'tile_malformed' },
    });
  });
});
