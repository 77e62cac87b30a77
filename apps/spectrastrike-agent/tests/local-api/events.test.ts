import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DaemonContext, Running } from '../../src/daemon/service.ts';
import { splitLines } from '../../src/local-api/split-lines.ts';
import { listSecurityEntries } from '../../src/security-log.ts';
import { canonicalEvent, TENANT } from '../cli/agent-fixture.ts';
import {
  ask,
  createDaemonFixture,
  type DaemonFixture,
  postJson,
  postLines,
  socketOf,
  spooledIds,
  startApi,
  type Target,
} from './api-fixture.ts';

let fixture: DaemonFixture;
let agent: DaemonContext;
let api: Running;
let target: Target;

beforeAll(async () => {
  fixture = await createDaemonFixture();
  agent = await fixture.agent();
  api = await startApi(agent);
  target = socketOf(agent);
});

afterAll(async () => {
  await api.close();
  await fixture.close();
});

const payloadOf = (eventId: string) =>
  JSON.parse(
    String(agent.state.db.prepare('SELECT payload FROM events WHERE event_id = ?').get(eventId)?.payload),
  ) as { attributes: Record<string, unknown> };

describe('POST /v1/events', () => {
  test('one event is in the spool when it is acknowledged; again it is known, with other content a conflict', async () => {
    const first = await postJson(target, '/v1/events', canonicalEvent('one'));
    expect(first.status).toBe(202);
    expect(first.json).toMatchObject({ accepted: 1, known: 0, refused: 0 });
    expect(first.json.events).toEqual([{ event_id: 'one', status: 'accepted' }]);
    expect(spooledIds(agent)).toContain('one');
    expect(payloadOf('one').attributes.attestation_measurement_hash).toMatch(/^[0-9a-f]{64}$/);

    const again = await postJson(target, '/v1/events', canonicalEvent('one'));
    expect([again.status, again.json.known, again.json.accepted]).toEqual([202, 1, 0]);

    const other = await postJson(target, '/v1/events', canonicalEvent('one', { severity: 'low' }));
    expect([other.status, other.code]).toEqual([409, 'event_conflict']);
    expect(other.headers['content-type']).toBe('application/problem+json');
    const [entry] = listSecurityEntries(agent.state.db, { code: 'event_conflict', limit: 1 });
    expect(entry?.ref).toBe('one');
  });

  test('of JSON lines each is judged on its own, and the answer says what became of every one', async () => {
    const reply = await postLines(target, [
      canonicalEvent('line-1'),
      '',
      '{"event_id": "half',
      canonicalEvent('line-4', { severity: 'enormous' }),
      '[1]',
      canonicalEvent('line-1'),
      canonicalEvent('one', { severity: 'low' }),
      `${canonicalEvent('line-8')}\r`,
    ]);
    expect(reply.status).toBe(202);
    expect(reply.json).toMatchObject({ accepted: 2, known: 1, refused: 4 });
    expect(reply.json.events).toMatchObject([
      { line: 1, event_id: 'line-1', status: 'accepted' },
      { line: 3, event_id: null, status: 'refused', error_code: 'invalid_json' },
      { line: 4, event_id: null, status: 'refused', error_code: 'schema_invalid', path: '/severity' },
      { line: 5, event_id: null, status: 'refused', error_code: 'schema_invalid' },
      { line: 6, event_id: 'line-1', status: 'known' },
      { line: 7, event_id: 'one', status: 'refused', error_code: 'event_conflict' },
      { line: 8, event_id: 'line-8', status: 'accepted' },
    ]);
    expect(spooledIds(agent).filter((id) => id.startsWith('line'))).toEqual(['line-1', 'line-8']);
  });

  test('where nothing can be taken the whole is refused, with the counts and every line', async () => {
    const reply = await postLines(target, ['{', canonicalEvent('none', { event_type: '' })]);
    expect([reply.status, reply.code]).toEqual([422, 'invalid_json']);
    expect(reply.json).toMatchObject({ accepted: 0, known: 0, refused: 2 });
    expect(reply.json.errors).toMatchObject([
      { error_code: 'invalid_json', path: 'line 1' },
      { error_code: 'schema_invalid', path: 'line 2/event_type' },
    ]);
    expect(JSON.stringify(reply.json)).not.toContain('none');
  });

  test.each([
    ['an array', 'application/json', `[${canonicalEvent('array')}]`, 422, 'schema_invalid'],
    [
      'a scanner record',
      'application/json',
      '{"template-id":"x","info":{},"host":"h"}',
      422,
      'schema_invalid',
    ],
    ['nothing', 'application/json', '', 422, 'payload_required'],
    ['blank lines', 'application/x-ndjson', '\n \r\n', 422, 'payload_required'],
    ['text', 'text/plain', canonicalEvent('text'), 415, 'unsupported_media_type'],
    ['another charset', 'application/json; charset=latin1', '{}', 415, 'unsupported_media_type'],
    ['too many lines', 'application/x-ndjson', '1\n'.repeat(101), 413, 'payload_too_large'],
    ['a body beyond the limit', 'application/json', `"${'x'.repeat(70_000)}"`, 413, 'payload_too_large'],
    ['deep nesting', 'application/json', `${'['.repeat(5000)}${']'.repeat(5000)}`, 422, 'invalid_json'],
    [
      'two documents',
      'application/json',
      `${canonicalEvent('a')}${canonicalEvent('b')}`,
      422,
      'invalid_json',
    ],
  ])('%s is refused', async (_what, type, body, status, code) => {
    const before = spooledIds(agent).length;
    const reply = await ask(target, 'POST', '/v1/events', { headers: { 'content-type': type }, body });
    expect([reply.status, reply.code]).toEqual([status, code]);
    expect(spooledIds(agent)).toHaveLength(before);
  });

  test('a line beyond its limit is refused alone', async () => {
    const reply = await postLines(target, [
      canonicalEvent('long', { description: 'x'.repeat(20_000) }),
      canonicalEvent('short'),
    ]);
    expect(reply.json.events).toMatchObject([
      { line: 1, status: 'refused', error_code: 'payload_too_large' },
      { line: 2, event_id: 'short', status: 'accepted' },
    ]);
  });

  test('the tenant is the one that query or header name, and no other one is guessed', async () => {
    const foreign = '20000000-0000-0000-0000-00000000000b';
    const event = canonicalEvent('tenant');
    const outcome = async (path: string, headers: Record<string, string> = {}) => {
      const reply = await postJson(target, path, event, headers);
      return [reply.status, reply.code];
    };
    expect(await outcome(`/v1/events?tenant=${foreign}`)).toEqual([422, 'tenant_unknown']);
    expect(await outcome('/v1/events', { 'x-tenant-id': foreign })).toEqual([422, 'tenant_unknown']);
    expect(await outcome('/v1/events?tenant=abc')).toEqual([400, 'parameter_invalid']);
    expect(await outcome(`/v1/events?tennant=${TENANT}`)).toEqual([400, 'parameter_invalid']);
    expect(await outcome(`/v1/events?tenant=${TENANT}&tenant=${TENANT}`)).toEqual([400, 'parameter_invalid']);
    expect(await outcome(`/v1/events?tenant=${TENANT}`, { 'x-tenant-id': foreign })).toEqual([
      400,
      'parameter_invalid',
    ]);
    expect(await outcome(`/v1/events?campaign=${'c'.repeat(129)}`)).toEqual([400, 'parameter_invalid']);
    expect(spooledIds(agent)).not.toContain('tenant');
    expect((await outcome(`/v1/events?tenant=${TENANT.toUpperCase()}&campaign=q3`))[0]).toBe(202);
    const row = agent.state.db.prepare("SELECT campaign_id FROM events WHERE event_id = 'tenant'").get();
    expect(row?.campaign_id).toBe('q3');
  });

  test('beyond the bounds of the spool: 507, and nothing of the request is taken', async () => {
    await api.close();
    const bounded = await fixture.agent({ SPECTRASTRIKE_SPOOL_MAX_BYTES: '1' });
    const small = await startApi(bounded);
    const reply = await postLines(socketOf(bounded), [canonicalEvent('full-1'), canonicalEvent('full-2')]);
    expect([reply.status, reply.code]).toEqual([507, 'spool_full']);
    expect(spooledIds(bounded)).not.toContain('full-1');
    const ready = await ask(socketOf(bounded), 'GET', '/readyz');
    expect([ready.status, ready.json.reasons]).toEqual([503, ['spool_full']]);
    expect((await postJson(socketOf(bounded), '/v1/events', canonicalEvent('full-1'))).code).toBe(
      'spool_full',
    );
    await small.close();
    api = await startApi(agent);
    expect((await ask(target, 'GET', '/readyz')).json).toEqual({ status: 'ready' });
  });
});

describe('POST /v1/reports', () => {
  test('a report is taken as it is; again its events are known', async () => {
    const report = `${canonicalEvent('report-1')}\n{"event_id":"broken\n${canonicalEvent('report-2')}\n`;
    const send = () => ask(target, 'POST', '/v1/reports?name=x.jsonl', { body: report });
    const first = await send();
    expect(first.status).toBe(202);
    expect(first.json).toMatchObject({ format: 'events', accepted: 2, known: 0, refused: 1 });
    expect(first.json.errors).toMatchObject([{ path: 'line 2' }]);
    expect((await send()).json).toMatchObject({ accepted: 0, known: 2, refused: 1 });
    expect(spooledIds(agent).filter((id) => id.startsWith('report'))).toEqual(['report-1', 'report-2']);
  });

  test('that meets the bound of the spool in its middle says how far it came, and goes on when it is sent again', async () => {
    await api.close();
    const bounded = await fixture.agent({ SPECTRASTRIKE_SPOOL_MAX_BYTES: '750000' });
    const small = await startApi(bounded);
    const report = Array.from({ length: 900 }, (_, n) => canonicalEvent(`long-${n}`)).join('\n');
    const send = () => ask(target, 'POST', '/v1/reports?name=long.jsonl', { body: report });
    const stopped = await send();
    expect([stopped.status, stopped.code]).toEqual([507, 'report_refused']);
    expect(stopped.json.type).toBe('urn:nyxera:federation:error:spool_full');
    expect(stopped.json).toMatchObject({ known: 0, refused: 0 });
    const before = Number(stopped.json.accepted);
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(900);
    expect(spooledIds(bounded).filter((id) => id.startsWith('long'))).toHaveLength(before);
    await small.close();
    api = await startApi(agent);
    expect((await send()).json).toMatchObject({ accepted: 900 - before, known: before, refused: 0 });
  });

  test('of which nothing can be taken is refused, and a name is asked for', async () => {
    const garbage = await ask(target, 'POST', '/v1/reports?name=x', { body: 'garbage' });
    expect([garbage.status, garbage.code]).toEqual([422, 'report_refused']);
    expect(garbage.json).toMatchObject({ accepted: 0, known: 0, refused: 1 });
    const nameless = await ask(target, 'POST', '/v1/reports', { body: 'garbage' });
    expect([nameless.status, nameless.code]).toEqual([400, 'parameter_invalid']);
    const large = await ask(target, 'POST', '/v1/reports?name=x', { body: Buffer.alloc(1_100_000, 0x20) });
    expect([large.status, large.code]).toEqual([413, 'payload_too_large']);
    const packed = await ask(target, 'POST', '/v1/reports?name=x', {
      headers: { 'content-encoding': 'gzip' },
      body: 'x',
    });
    expect([packed.status, packed.code]).toEqual([415, 'unsupported_media_type']);
  });
});

describe('the line reader', () => {
  const line = fc.string({ unit: fc.constantFrom('a', '{', ' ', '\t', '\r', '"', '\u00e9') });
  const ending = fc.constantFrom('\n', '\r\n');

  test('gives every line that is not blank, with the number that an editor shows', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(line, ending)), line, (ended, last) => {
        const text = ended.map(([one, end]) => one + end).join('') + last;
        const expected = text
          .split('\n')
          .map((one, index) => [
            index + 1,
            one.endsWith('\r') && index < ended.length ? one.slice(0, -1) : one,
          ])
          .filter(([, one]) => String(one).replace(/[ \t\r]/g, '') !== '');
        const got = [...splitLines(Buffer.from(text))].map((one) => [
          one.number,
          Buffer.from(one.bytes).toString(),
        ]);
        // A CR at the very end of the body belongs to its line ending.
        const trimmed = expected.map(([number, one]) => [
          number,
          number === ended.length + 1 ? String(one).replace(/\r$/, '') : one,
        ]);
        expect(got).toEqual(trimmed);
      }),
    );
  });
});
