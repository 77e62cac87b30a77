import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { send } from '../support/client.ts';
import { createFederation, type Federation } from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { telemetry, withHeader } from '../support/requests.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const GOOD = `00-${TRACE}-${SPAN}-01`;

let federation: Federation;
let gateway: TestGateway;

beforeAll(async () => {
  federation = await createFederation();
  gateway = await startTestGateway(federation);
});
afterAll(async () => {
  await gateway?.close();
  federation?.remove();
});

/** Status of the answer, and what its line in the log says of the trace. */
async function ask(value: string | readonly string[], refused = false): Promise<readonly unknown[]> {
  const prepared = telemetry(federation, refused ? { operator_id: 'nobody' } : {});
  const { status, json } = await send(federation, gateway.listen, withHeader(prepared, 'traceparent', value));
  const [line] = gateway.lines().filter(({ request_id: id }) => id === json.request_id);
  return [status, line?.message, line?.trace_id, line?.parent_span_id];
}

test('a traceparent is logged beside the request id, of what is accepted and of what is refused', async () => {
  expect(await ask(GOOD)).toEqual([202, 'request.accepted', TRACE, SPAN]);
  expect(await ask(GOOD, true)).toEqual([403, 'request.refused', TRACE, SPAN]);
  const unknown = { ...withHeader(telemetry(federation), 'traceparent', GOOD), path: '/nothing' };
  const { json } = await send(federation, gateway.listen, unknown);
  expect(gateway.lines().find(({ request_id: id }) => id === json.request_id)).toMatchObject({
    trace_id: TRACE,
  });
});

test('a malformed one is never a refusal: it is ignored, counted, and nothing of it is logged', async () => {
  const counted = async (): Promise<string | undefined> => {
    const metrics = await (await fetch(`http://${gateway.adminListen}/metrics`)).text();
    return /^vectorvue_traceparent_malformed_total (\d+)$/m.exec(metrics)?.[1];
  };
  expect(await counted()).toBe('0');
  const evil = `00-${TRACE}-${SPAN}-01","level":"error`;
  for (const value of [evil, '', `ff-${TRACE}-${SPAN}-01`, [GOOD, GOOD]]) {
    expect(await ask(value)).toEqual([202, 'request.accepted', undefined, undefined]);
  }
  expect(await counted()).toBe('4');
  expect(gateway.log()).not.toContain('"level":"error"');
});
