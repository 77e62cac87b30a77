import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseTraceparent } from '@nyxera/federation-protocol';
import type { GatewayClient } from '../../src/gateway-client.ts';
import { createSendSigned } from '../../src/prepare-envelope.ts';
import { createGetSigned } from '../../src/prepare-get.ts';
import { connectClient, createSuite, type Suite } from '../support/delivery-harness.ts';
import { problem, type ScriptedGateway, startScriptedGateway } from '../support/scripted-gateway.ts';

let suite: Suite;
let gateway: ScriptedGateway;
let client: GatewayClient;

beforeAll(async () => {
  suite = await createSuite();
  gateway = await startScriptedGateway(suite.pki);
  client = await connectClient(suite, gateway.url);
});
afterAll(async () => {
  client?.close();
  await gateway?.close();
  await suite.remove();
});

test('every attempt carries a traceparent of its own, and its line says the same ids', async () => {
  const attempts: unknown[] = [];
  const sendSigned = createSendSigned({
    client,
    signer: suite.signer,
    now: () => Date.now(),
    onAttempt: (attempt) => attempts.push(attempt),
  });
  const trace = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', parentId: '00f067aa0ba902b7', sampled: true };
  const getSigned = createGetSigned({
    client,
    signer: suite.signer,
    now: () => Date.now(),
    onAttempt: (attempt) => attempts.push(attempt),
  });
  await getSigned('/internal/v1/audit/checkpoint', 1024);
  const got = gateway.requests.splice(0).map(({ headers }) => parseTraceparent(String(headers.traceparent)));
  expect(attempts.splice(0)).toMatchObject([
    { path: '/internal/v1/audit/checkpoint', traceId: got[0]?.traceId, spanId: got[0]?.parentId },
  ]);
  await sendSigned('/internal/v1/telemetry', () => '{}');
  await sendSigned('/internal/v1/telemetry', () => '{}', { trace });
  gateway.script = () => problem(503, 'service_unavailable');
  await sendSigned('/internal/v1/telemetry', () => '{}', { trace });

  const sent = gateway.requests.map(({ headers }) => parseTraceparent(String(headers.traceparent)));
  expect(sent.every((context) => context !== null)).toBe(true);
  expect(new Set(sent.map((context) => context?.parentId)).size).toBe(3);
  expect(sent[0]?.traceId).not.toBe(trace.traceId);
  expect(sent.slice(1).map((context) => [context?.traceId, context?.sampled])).toEqual([
    [trace.traceId, true],
    [trace.traceId, true],
  ]);
  expect(attempts).toMatchObject(
    sent.map((context, index) => ({
      path: '/internal/v1/telemetry',
      traceId: context?.traceId,
      spanId: context?.parentId,
      outcome: 'answer',
      status: index === 2 ? 503 : 202,
    })),
  );
});
