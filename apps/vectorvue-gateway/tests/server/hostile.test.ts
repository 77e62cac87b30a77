import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isWireErrorCode } from '@nyxera/federation-protocol';
import { openSocket, readToEnd, send } from '../support/client.ts';
import { createFederation, type Federation } from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { bundle, graph, PATHS, payload, query, telemetry, withHeader } from '../support/requests.ts';

let federation: Federation;
let gateway: TestGateway;

beforeAll(async () => {
  federation = await createFederation();
  gateway = await startTestGateway(federation);
});
afterAll(async () => {
  await gateway?.close();
  federation.remove();
});

test.each([
  'http://[::1',
  'http://a:99999999/internal/v1/telemetry',
  'https://localhost/internal/v1/telemetry',
  'http://a:b@c:d/x',
  '*',
  '?',
  '/%zz',
  '/internal/v1/%74elemetry',
  '//internal/v1/telemetry',
  '/internal/v1/telemetry/../telemetry',
  '/internal/v1/telemetry%00',
  '/internal/v1/telemetry;x=1',
  '\\internal\\v1',
  '/internal/v1/telemetry#x',
])('the request target %j is no path of ours, with and without Expect', async (target) => {
  for (const expectation of [null, '100-continue', 'other']) {
    // Good in everything else, so that nothing but the target can be what is refused.
    const { headers, body } = telemetry(federation);
    const lines = [...headers, ['Content-Length', body.length], ['Connection', 'close']];
    if (expectation !== null) lines.push(['Expect', expectation]);
    const socket = await openSocket(federation, gateway.listen);
    const received = readToEnd(socket);
    socket.write(
      `POST ${target} HTTP/1.1\r\nHost: x\r\n${lines.map(([name, text]) => `${name}: ${text}\r\n`).join('')}\r\n`,
    );
    socket.write(body);
    expect(await received).toMatch(/^HTTP\/1\.1 (404 .*"not_found"|400 )/s);
  }
});

test.each(['PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'HEAD'])('%s is 405 on every endpoint', async (method) => {
  for (const path of Object.values(PATHS)) {
    const received = await send(
      federation,
      gateway.listen,
      { ...telemetry(federation), path, body: Buffer.alloc(0) },
      { method },
    );
    expect([received.status, received.headers.allow]).toEqual([405, 'POST']);
  }
});

test('an answer never echoes what was sent', async () => {
  const marker = 'zq7marker';
  const hostile = [
    telemetry(federation, { [marker]: 1 }),
    telemetry(federation, { payload: { ...payload(), [marker]: marker } }),
    telemetry(federation, { operator_id: marker }),
    telemetry(federation, { payload: payload({ severity: marker }) }),
    telemetry(federation, { payload: payload({}, { schema_version: marker }) }),
    telemetry(federation, {
      payload: payload({}, { schema_version: '2.0', contract_v2: { [marker]: marker } }),
    }),
    graph(federation, { schema_version: marker }),
    query(federation, { limit: marker }),
    bundle(federation, { [marker]: marker }),
    withHeader(telemetry(federation), 'X-Service-Identity', marker),
    withHeader(telemetry(federation), 'X-Telemetry-Key-Id', marker),
    withHeader(telemetry(federation), 'Content-Type', marker),
    { ...telemetry(federation), path: `/${marker}` },
  ];
  for (const prepared of hostile) {
    const received = await send(federation, gateway.listen, prepared);
    expect(received.status).toBeGreaterThanOrEqual(400);
    expect(received.status).toBeLessThan(500);
    expect(received.text).not.toContain(marker);
    expect(isWireErrorCode(received.json.errors[0].error_code)).toBe(true);
  }
  expect(gateway.log()).not.toContain(marker);
});

test('a crowd of mixed requests: every one is answered from the table, none by a 5xx', async () => {
  const crowd = Array.from({ length: 150 }, (_unused, index) => {
    const kinds = [telemetry, graph, query, bundle];
    const prepared = (kinds[index % 4] ?? telemetry)(federation);
    return index % 5 === 0 ? { ...prepared, body: prepared.body.subarray(1) } : prepared;
  });
  const statuses = await Promise.all(
    crowd.map(async (prepared) => (await send(federation, gateway.listen, prepared)).status),
  );
  expect(statuses.filter((status) => ![200, 202, 401, 422].includes(status))).toEqual([]);
  expect(statuses.filter((status) => status < 300)).toHaveLength(120);
});

test('numbers at the edges of what a database holds are an answer, never a 5xx', async () => {
  const texts = ['0', '253402300799', '99999999999999999999', '-1'];
  for (const observed of [
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:60Z',
    '+275760-09-13T00:00:00Z',
    ...texts,
  ]) {
    const event = payload({ observed_at: observed });
    expect(
      (await send(federation, gateway.listen, telemetry(federation, { payload: event }))).status,
    ).toBeLessThan(500);
  }
  for (const timestamp of [0, 253402300799]) {
    expect((await send(federation, gateway.listen, bundle(federation, { timestamp }))).status).toBe(200);
  }
});
