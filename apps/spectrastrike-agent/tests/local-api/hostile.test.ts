import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { DaemonContext, Running } from '../../src/daemon/service.ts';
import { canonicalEvent } from '../cli/agent-fixture.ts';
import {
  ask,
  createDaemonFixture,
  type DaemonFixture,
  postJson,
  postLines,
  rawExchange,
  rawOutcome,
  SHORT_LIMITS,
  socketOf,
  spooledIds,
  startApi,
} from './api-fixture.ts';

let fixture: DaemonFixture;
let agent: DaemonContext;
let api: Running;
let target: { readonly socketPath: string };

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

// Whatever was sent: the agent goes on, and nothing of it is in the spool.
afterEach(async () => {
  expect((await ask(target, 'GET', '/healthz')).json).toEqual({ status: 'alive' });
  expect(spooledIds(agent)).toEqual([]);
});

const HEAD = 'POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n';

test.each([
  ['no HTTP at all', '\x00\xff\x16\x03\x01garbage\r\n\r\n', 400, 'bad_request'],
  ['headers that never end', 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ', 408, 'request_timeout'],
  [
    'headers without limit',
    `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(40_000)}`,
    431,
    'headers_too_large',
  ],
  ['a body that never ends', `${HEAD}Content-Length: 1000\r\n\r\n{"event_id":"x"`, 408, 'request_timeout'],
  [
    'chunks that never end',
    `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\n{"eve\r\n`,
    408,
    'request_timeout',
  ],
  ['two lengths', `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`, 400, 'bad_request'],
  [
    'a report that never ends',
    'POST /v1/reports?name=x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx',
    408,
    'request_timeout',
  ],
  ['an announced gigabyte', `${HEAD}Content-Length: 1073741824\r\n\r\n{`, 413, 'payload_too_large'],
  [
    'a path that cannot be decoded',
    'GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    404,
    'not_found',
  ],
])('%s is answered with a code', async (_what, bytes, status, code) => {
  const answer = await rawExchange(target, (socket) => socket.write(bytes, 'latin1'));
  expect(rawOutcome(answer)).toEqual({ status, code });
});

test('a line of a gigabyte is refused while it comes in, and no more than the limit is read', async () => {
  const piece = Buffer.alloc(64 * 1024, 0x61);
  let written = 0;
  const answer = await rawExchange(target, (socket) => {
    socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    const pump = (): void => {
      if (socket.destroyed || written > 1024 * 1024 * 1024) return;
      written += piece.length;
      socket.write('10000\r\n');
      socket.write(piece);
      socket.write('\r\n', () => setImmediate(pump));
    };
    pump();
    socket.on('data', () => socket.destroy());
  });
  expect(rawOutcome(answer)).toEqual({ status: 413, code: 'payload_too_large' });
  expect(written).toBeLessThan(64 * 1024 * 1024);
});

test('a client that dribbles is cut off by the time of the whole body', async () => {
  const answer = await rawExchange(target, (socket) => {
    socket.write(`${HEAD}Content-Length: 1000\r\n\r\n`);
    const drip = setInterval(() => socket.write('x'), 50);
    socket.on('data', () => clearInterval(drip));
    socket.on('close', () => clearInterval(drip));
  });
  expect(rawOutcome(answer)).toEqual({ status: 408, code: 'request_timeout' });
});

test('connections beyond the limit are closed, and those before them are served', async () => {
  const open = Array.from({ length: SHORT_LIMITS.connections }, () => connect(target.socketPath));
  await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  const refused = await rawExchange(target, (socket) =>
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'),
  );
  expect(refused).toBe('');
  await Promise.all(
    open.map((socket) => {
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.destroy();
      return closed;
    }),
  );
});

test('bodies that together are more than memory holds: 503, to be tried again', async () => {
  const tight = { ...SHORT_LIMITS, heldBytes: 1000 };
  await api.close();
  api = await startApi(agent, tight);
  const reply = await postLines(target, [canonicalEvent('held', { description: 'x'.repeat(2000) })]);
  expect([reply.status, reply.code, reply.headers['retry-after']]).toEqual([503, 'service_unavailable', '1']);
  await api.close();
  api = await startApi(agent);
});

test('what a browser sends is refused, whatever it is', async () => {
  const asked = await postJson(target, '/v1/events', canonicalEvent('page'), { origin: 'http://localhost' });
  expect([asked.status, asked.code]).toEqual([403, 'origin_refused']);
  const read = await ask(target, 'GET', '/v1/status', { headers: { 'sec-fetch-site': 'cross-site' } });
  expect([read.status, read.code]).toEqual([403, 'origin_refused']);
});

test('paths and methods that are not there', async () => {
  expect((await ask(target, 'GET', '/v1/eventz')).code).toBe('not_found');
  expect((await ask(target, 'GET', '/v1/events/')).code).toBe('not_found');
  const method = await ask(target, 'DELETE', '/v1/events');
  expect([method.status, method.code, method.headers.allow]).toEqual([405, 'method_not_allowed', 'POST']);
});
