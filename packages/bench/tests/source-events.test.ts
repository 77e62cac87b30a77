import { expect, test } from '@jest/globals';
import { canonicalizeCompat, parseStrictJson, parseTelemetryEnvelope } from '@nyxera/federation-protocol';
import { seededLines } from '../src/seeded-lines.ts';
import { CAMPAIGN, eventId, loadEvents, OPERATOR, TENANT } from '../src/source-events.ts';

test('the seeded generator makes the same lines for the same seed, and each parses strictly', () => {
  const lines = seededLines(7, 50);
  expect(lines).toEqual(seededLines(7, 50));
  expect(lines).not.toEqual(seededLines(8, 50));
  for (const line of lines) {
    expect(parseStrictJson(Buffer.from(line)).ok).toBe(true);
    expect(line.length).toBeGreaterThan(700);
    expect(line.length).toBeLessThan(1400);
  }
});

test('an event put together from its pieces is canonical and passes the schema', () => {
  for (const event of loadEvents(40).events) {
    const text = `${event.before}${eventId('abcdefgh', 3)}${event.after}`;
    const parsed = parseStrictJson(Buffer.from(text, 'ascii'));
    if (!parsed.ok) throw new Error(parsed.detail);
    expect(parsed.compat).toBe(true);
    expect(canonicalizeCompat(parsed.value)).toBe(text);
    const names = { campaign_id: CAMPAIGN, operator_id: OPERATOR, tenant_id: TENANT };
    const envelope = {
      ...names,
      execution_hash: event.executionHash,
      nonce: 'nonce-of-a-test',
      payload: parsed.value,
      signed_metadata: names,
      timestamp: 1_795_000_000,
    };
    expect(parseTelemetryEnvelope(envelope).ok).toBe(true);
  }
});
