import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type JsonObject, merkleLeafHash, proveInclusion } from '@nyxera/federation-protocol';
import { TestLog, verifierKey } from '../witness/test-log.ts';
import { type AgentFixture, canonicalEvent, createAgentFixture, OPERATOR, TENANT } from './agent-fixture.ts';
import { ANY_PATH, accepted, type Handler, problem, TELEMETRY } from './gateway-stand-in.ts';
import type { Ran } from './run-agent.ts';
import { runInProcess } from './run-in-process.ts';

const AUDIT = '/internal/v1/audit/';
const SALT = '11'.repeat(32);
const EVENTS = 5;

let fixture: AgentFixture;
let log: TestLog;

const requestOf = (n: number): string => `10000000-0000-4000-8000-00000000000${n}`;
const commit = (value: string): string =>
  createHash('sha256').update(Buffer.from(SALT, 'hex')).update(value).digest('hex');
const disclosed = (n: number): Record<string, { salt: string; value: string }> => ({
  operator_id: { salt: SALT, value: OPERATOR },
  subject: { salt: SALT, value: `event-${n}` },
  tenant_id: { salt: SALT, value: TENANT.toLowerCase() },
});
const entryOf = (n: number): string =>
  JSON.stringify({
    action: 'telemetry',
    code: 'accepted',
    commitments: Object.fromEntries(
      Object.entries(disclosed(n)).map(([name, { value }]) => [name, commit(value)]),
    ),
    request_id: requestOf(n),
    sequence: n,
  });

beforeEach(async () => {
  fixture = await createAgentFixture();
  log = TestLog.of(300, entryOf);
  fixture.environment.VECTORVUE_AUDIT_LOG_KEY = verifierKey(log.key);
  let next = 0;
  fixture.gateway.handlers.set(TELEMETRY, ({ body }) => {
    const n = Number(String((body.payload as JsonObject).event_id).replace('event-', ''));
    next += 1;
    const leafHash = Buffer.from(merkleLeafHash(new TextEncoder().encode(entryOf(n)))).toString('hex');
    const receipt = { log: log.origin, sequence: n, leaf_hash: leafHash };
    return { status: 202, body: accepted({ request_id: requestOf(n), ...(n === 4 ? {} : { receipt }) }) };
  });
  serve(log, 300);
  const lines = Array.from({ length: EVENTS }, (_, n) => `${canonicalEvent(`event-${n}`)}\n`).join('');
  const sent = await run('send', fixture.file('events.jsonl', lines), '--json');
  expect(sent.last).toMatchObject({ delivered: EVENTS });
  expect(next).toBe(EVENTS);
});
afterEach(() => fixture.close());

const run = (...args: readonly string[]): Promise<Ran> => runInProcess(fixture.environment, args);
const verify = (...args: readonly string[]): Promise<Ran> => run('receipts', 'verify', ...args, '--json');

/** The stand-in serves this log at this size, with the proofs of its receipts. */
function serve(of: TestLog, size: number, receipt: Handler = receiptOf(of, size)): void {
  fixture.gateway.handlers.set(`${AUDIT}checkpoint`, () => ({ status: 200, body: of.checkpoint(size) }));
  fixture.gateway.handlers.set(ANY_PATH, (request) => {
    if (request.path.startsWith(`${AUDIT}receipt/`)) return receipt(request);
    const bytes = of.tileAt(request.path.slice(AUDIT.length));
    return bytes === null ? problem(404, 'not_found') : { status: 200, body: bytes };
  });
}

function receiptOf(of: TestLog, size: number, disclose = disclosed): Handler {
  return ({ path }) => {
    const n = Number(path.slice(-1));
    const proof =
      n < size
        ? proveInclusion(of.leaves(size), n).map((hash) => Buffer.from(hash).toString('base64'))
        : null;
    const entry = Buffer.from(of.entries[n] ?? []).toString('utf8');
    const entries = [{ sequence: n, entry, disclosure: JSON.stringify(disclose(n)), proof }];
    return {
      status: 200,
      body: { checkpoint: of.checkpoint(size), entries, log: of.origin, status: 'accepted' },
    };
  };
}

async function states(): Promise<Record<string, unknown>> {
  const listed = (await run('receipts', 'list', '--json')).last as {
    receipts: { event_id: string; state: string; verified_size: number | null }[];
  };
  return Object.fromEntries(listed.receipts.map((one) => [one.event_id, one.verified_size ?? one.state]));
}
async function security(): Promise<string[]> {
  const listed = (await run('security', 'list', '--json')).last as { entries: { code: string }[] };
  return listed.entries.map((one) => one.code);
}
const receiptsAsked = (): number =>
  fixture.gateway.received.filter((one) => one.path.startsWith(`${AUDIT}receipt/`)).length;

describe('a log that has what it acknowledged', () => {
  test('is confirmed once; an event without a receipt is shown as that', async () => {
    expect(await states()).toEqual({
      'event-0': 'unverified',
      'event-1': 'unverified',
      'event-2': 'unverified',
      'event-3': 'unverified',
      'event-4': 'none',
    });
    const first = await verify();
    expect(first.last).toMatchObject({
      ok: true,
      size: 300,
      verified: 4,
      pending: 0,
      failed: 0,
      first_failure: null,
    });
    expect(first.code).toBe(0);
    expect(await states()).toMatchObject({ 'event-0': 300, 'event-3': 300, 'event-4': 'none' });
    expect((await verify()).last).toMatchObject({ ok: true, verified: 0 });
    expect((await verify('--all')).last).toMatchObject({ ok: true, verified: 4 });
    expect(receiptsAsked()).toBe(0);
  });

  test('what the tree does not reach yet is pending, and not a failure', async () => {
    serve(log, 2);
    const found = await verify();
    expect(found.last).toMatchObject({ ok: false, size: 2, verified: 2, pending: 2, failed: 0 });
    expect(found.last?.oldest_pending_ms).toEqual(expect.any(Number));
    expect(found.code).toBe(2);
    expect(await states()).toMatchObject({ 'event-1': 2, 'event-2': 'unverified' });
    expect(await security()).toEqual([]);
    serve(log, 300);
    expect((await verify()).last).toMatchObject({ ok: true, verified: 2 });
  });

  test('one event by its own proof, opened; what was erased since takes nothing from it', async () => {
    const one = await verify('--event', 'event-2');
    expect(one.last).toMatchObject({ ok: true, verified: 1, opened: true });
    expect(receiptsAsked()).toBe(1);
    serve(
      log,
      300,
      receiptOf(log, 300, () => ({})),
    );
    expect((await verify('--event', 'event-2')).last).toMatchObject({ ok: true, verified: 1, opened: false });
  });

  test('where the answer for one event proves nothing, tiles do', async () => {
    const broken: readonly Handler[] = [
      () => problem(404, 'not_found'),
      () => ({ status: 200, body: { checkpoint: log.checkpoint(), entries: [] } }),
      () => ({ status: 200, body: { checkpoint: log.checkpoint(), entries: 'none' } }),
    ];
    for (const handler of broken) {
      serve(log, 300, handler);
      expect((await verify('--event', 'event-1')).last).toMatchObject({
        ok: true,
        verified: 1,
        opened: false,
      });
    }
  });

  test('an event that is not there, and options that exclude each other', async () => {
    expect((await verify('--event', 'unknown')).code).toBe(1);
    expect((await verify('--event', 'event-4')).code).toBe(1);
    expect((await verify('--event', 'event-1', '--all')).code).toBe(2);
  });
});

describe('a log that has not', () => {
  const without = (n: number): TestLog =>
    TestLog.of(300, (i) => (i === n ? 'something else' : entryOf(i)), log.key);

  test('is found with the first in the order of arrival, a security event once, and exit code 1', async () => {
    serve(without(2), 300);
    const found = await verify();
    expect(found.last).toMatchObject({
      ok: false,
      verified: 3,
      failed: 1,
      first_failure: { event_id: 'event-2', sequence: 2, code: 'receipt_missing' },
    });
    expect(found.code).toBe(1);
    expect((await verify()).last).toMatchObject({ verified: 0, failed: 1 });
    expect((await verify('--event', 'event-2')).code).toBe(1);
    expect(await security()).toEqual(['receipt_missing']);
    expect(await states()).toMatchObject({ 'event-2': 'failed' });
    expect((await run('receipts', 'list')).stdout).toContain('FAILED: receipt_missing');
  });

  test('of one event: the entry opens to another one', async () => {
    const lie = (n: number) => ({ ...disclosed(n), subject: { salt: SALT, value: 'event-9' } });
    const other = TestLog.of(
      300,
      (i) => (i === 1 ? entryOf(1).replace(commit('event-1'), commit('event-9')) : entryOf(i)),
      log.key,
    );
    const leafHash = Buffer.from(merkleLeafHash(other.entries[1] ?? new Uint8Array(0))).toString('hex');
    const db = new DatabaseSync(join(fixture.path, 'data', 'agent.db'));
    db.prepare(
      `UPDATE events SET receipt = json_set(receipt, '$.leaf_hash', ?) WHERE event_id = 'event-1'`,
    ).run(leafHash);
    db.close();
    serve(other, 300, receiptOf(other, 300, lie));
    // Tiles cannot tell: they show that the request was accepted. Only the opened entry does.
    expect((await verify()).last).toMatchObject({ failed: 0, verified: 4 });
    const found = await verify('--event', 'event-1');
    expect(found.last).toMatchObject({ failed: 1, first_failure: { code: 'receipt_entry_mismatch' } });
    expect(found.code).toBe(1);
    expect(await states()).toMatchObject({ 'event-1': 'failed' });
  });

  test('tiles that lie or do not come say nothing about any receipt', async () => {
    const other = without(2);
    serve(log, 300);
    const honest = fixture.gateway.handlers.get(ANY_PATH);
    fixture.gateway.handlers.set(ANY_PATH, ({ path }) => ({
      status: 200,
      body: other.tileAt(path.slice(AUDIT.length)) ?? new Uint8Array(0),
    }));
    const lied = await verify();
    expect(lied.last).toMatchObject({ ok: false, verified: 0, failed: 0, code: 'proof_mismatch' });
    expect(lied.code).toBe(2);
    fixture.gateway.handlers.set(ANY_PATH, () => problem(500, 'internal_error'));
    expect((await verify()).last).toMatchObject({ ok: false, failed: 0, code: 'internal_error' });
    if (honest !== undefined) fixture.gateway.handlers.set(ANY_PATH, honest);
    expect((await verify()).last).toMatchObject({ ok: true, verified: 4 });
  });

  test('and one that contradicts what was witnessed proves nothing any more', async () => {
    await verify();
    serve(without(2), 300);
    const found = await verify('--all');
    expect(found.last).toMatchObject({ ok: false, code: 'audit_fork_detected' });
    expect(found.code).toBe(1);
    expect((await verify('--event', 'event-1')).last).toMatchObject({ code: 'audit_fork_detected' });
  });
});

test('without the key of the log nothing is verified', async () => {
  delete fixture.environment.VECTORVUE_AUDIT_LOG_KEY;
  const found = await verify();
  expect(found.last).toMatchObject({ ok: false, code: 'no_key' });
  expect(found.code).toBe(2);
});
