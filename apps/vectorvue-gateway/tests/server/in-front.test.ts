import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Received, send } from '../support/client.ts';
import { createFederation, type Federation } from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { type Prepared, telemetry } from '../support/requests.ts';

/**
 * A path with a query is routed by Express, one without in front of it (src/in-front-of-express.ts). Nothing but the
 * way may differ.
 */
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

const both = (prepare: () => Prepared, method = 'POST'): Promise<readonly [Received, Received]> => {
  const direct = prepare();
  const routed = prepare();
  return Promise.all([
    send(federation, gateway.listen, direct, { method }),
    send(federation, gateway.listen, { ...routed, path: `${routed.path}?a=1` }, { method }),
  ]);
};

/** What must be equal: everything but what names the one request. */
function comparable({ status, headers, json }: Received): object {
  const { date: _, ...kept } = headers;
  return { status, headers: kept, json: { ...json, request_id: typeof json.request_id } };
}

test.each<[string, number, () => Prepared, string]>([
  ['an event', 202, () => telemetry(federation), 'POST'],
  ['a body that is no JSON', 401, () => ({ ...telemetry(federation), body: Buffer.from('{') }), 'POST'],
  ['an empty body', 422, () => ({ ...telemetry(federation), body: Buffer.alloc(0) }), 'POST'],
  ['another method', 405, () => telemetry(federation), 'PUT'],
  ['another path', 404, () => ({ ...telemetry(federation), path: '/internal/v1/telemetry/' }), 'POST'],
  [
    'no identity',
    401,
    () => ({ ...telemetry(federation), headers: [['Content-Type', 'application/json']] }),
    'POST',
  ],
])('%s is answered the same in front of Express and behind it', async (_name, status, prepare, method) => {
  const [direct, routed] = await both(prepare, method);
  expect(direct.status).toBe(status);
  expect(comparable(direct)).toEqual(comparable(routed));
});
