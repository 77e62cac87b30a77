import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import { until } from '../forward/run-forwarder.ts';
import { send } from '../support/client.ts';
import {
  createFederation,
  type Federation,
  OTHER_OPERATOR,
  OTHER_TENANT,
  TENANT,
} from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { envelope, PATHS, payload, signed, telemetry, withHeader } from '../support/requests.ts';

// biome-ignore lint/suspicious/noExplicitAny: records of two formats are looked into freely
type Json = any;

describe.each(['embedded', 'postgres'] as const)('a gateway that forwards (%s)', (kind) => {
  let federation: Federation;
  let postgres: PostgresServer | null = null;
  let gateway: TestGateway;
  let receiver: Server;
  let settings: string;
  let file: string;
  /** Answers that the receiver owes. */
  const owed: ServerResponse[] = [];
  let silent = false;
  const alerts: { readonly headers: NodeJS.Dict<string | string[]>; readonly body: Json }[] = [];

  beforeAll(async () => {
    federation = await createFederation();
    if (kind === 'postgres') postgres = await startPostgres({ fast: true });
    receiver = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += String(chunk);
      });
      request.on('end', () => {
        if (silent) {
          owed.push(response);
          return;
        }
        alerts.push({ headers: request.headers, body: JSON.parse(text) });
        response.writeHead(204);
        response.end();
      });
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const address = receiver.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const secret = join(federation.directory, 'hmac');
    writeFileSync(secret, `whsec_${Buffer.alloc(32, 1).toString('base64')}`, { mode: 0o600 });
    settings = join(federation.directory, 'forward.yaml');
    file = join(federation.directory, 'audit.jsonl');
    writeFileSync(
      settings,
      `version: 1
destinations:
  - { name: all, type: file, path: '${file}' }
  - { name: mine, type: file, path: '${file}.mine', format: entry, filter: { tenants: ['${TENANT}'] } }
  - name: alerts
    type: http
    url: http://127.0.0.1:${port}/alerts
    format: entry
    filter: { classes: [security], min_level: high }
    sign: { hmac_secret_file: '${secret}' }
    timeout_seconds: 60
    retry: { min_ms: 20, max_ms: 50 }
`,
      { mode: 0o600 },
    );
    gateway = await startTestGateway(federation, {
      VV_TG_FORWARD_FILE: settings,
      ...(postgres === null ? {} : { DATABASE_URL: await postgres.createDatabase() }),
    });
  }, 60_000);
  afterEach(() => {
    silent = false;
    for (const response of owed.splice(0)) response.destroy();
  });
  afterAll(async () => {
    await gateway.close();
    receiver.closeAllConnections();
    receiver.close();
    await postgres?.stop();
    federation.remove();
  });

  const linesOf = (path: string): readonly Json[] => {
    try {
      return readFileSync(path, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    } catch {
      return [];
    }
  };
  const metrics = async (): Promise<string> => (await fetch(`http://${gateway.adminListen}/metrics`)).text();

  test('decisions, findings and refusals reach their destinations, each as its class', async () => {
    const accepted = await send(
      federation,
      gateway.listen,
      telemetry(federation, { payload: payload({ severity: 'critical' }) }),
    );
    expect(accepted.status).toBe(202);
    const forged = telemetry(federation);
    const refused = await send(federation, gateway.listen, {
      ...forged,
      body: Buffer.from(`${forged.body} `),
    });
    expect(refused.status).toBe(401);
    await until(() =>
      linesOf(file).some((event) => event.metadata.correlation_uid === refused.json.request_id),
    );
    const of = (id: string) => linesOf(file).filter((event) => event.metadata.correlation_uid === id);
    expect(of(accepted.json.request_id)).toMatchObject([
      { class_uid: 6003, status: 'Success', metadata: { tenant_uid: TENANT } },
      { class_uid: 2004, severity: 'Critical', status: 'New', is_alert: true },
    ]);
    expect(of(refused.json.request_id)).toMatchObject([
      { class_uid: 3002, status: 'Failure', status_code: 'signature_invalid', severity: 'High' },
    ]);
    await until(() =>
      alerts.some(({ body }) =>
        body.records.some((record: Json) => record.request_id === refused.json.request_id),
      ),
    );
    const alert = alerts.find(({ body }) =>
      body.records.some((record: Json) => record.code === 'signature_invalid'),
    );
    expect(alert?.headers['webhook-signature']).toMatch(/^v1,/);
    expect(
      alerts.flatMap(({ body }) => body.records).every((record: Json) => record.class === 'security'),
    ).toBe(true);
  });

  test("one tenant's destination has nothing of another's", async () => {
    const foreign = await send(
      federation,
      gateway.listen,
      signed(federation, PATHS.telemetry, (timestamp, nonce) =>
        envelope(timestamp, nonce, { operator_id: OTHER_OPERATOR, tenant_id: OTHER_TENANT }),
      ),
    );
    const own = await send(federation, gateway.listen, telemetry(federation));
    expect([foreign.status, own.status]).toEqual([202, 202]);
    await until(() => linesOf(`${file}.mine`).some((record) => record.request_id === own.json.request_id));
    const mine = linesOf(`${file}.mine`);
    expect(new Set(mine.map((record) => record.tenant_id))).toEqual(new Set([TENANT]));
    expect(readFileSync(`${file}.mine`, 'utf8')).not.toContain(OTHER_TENANT);
    expect(mine.every((record) => record.request_id !== foreign.json.request_id)).toBe(true);
  });

  test('a receiver that never answers holds up nobody, and its lag shows in the metrics', async () => {
    silent = true;
    const stranger = telemetry(federation, {}, { identity: 'somebody-else' });
    expect((await send(federation, gateway.listen, stranger)).status).toBe(401);
    await until(() => owed.length > 0);
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => send(federation, gateway.listen, telemetry(federation))),
    );
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 202));
    const last = answers.map((answer) => answer.json.request_id as string);
    await until(() =>
      last.every((id) => linesOf(file).some((event) => event.metadata.correlation_uid === id)),
    );
    const text = await metrics();
    expect(
      Number(/^vectorvue_forward_lag_entries\{destination="alerts"\} (\d+)$/m.exec(text)?.[1]),
    ).toBeGreaterThanOrEqual(40);
    expect(
      Number(/^vectorvue_forward_lag_seconds\{destination="alerts"\} ([\d.]+)$/m.exec(text)?.[1]),
    ).toBeGreaterThan(0);
    expect(text).toMatch(/^vectorvue_forward_attempts_total\{destination="all",outcome="delivered"\} \d+$/m);
    expect(text).toMatch(
      /^vectorvue_security_events_total\{code="peer_identity_rejected",level="high"\} [1-9]/m,
    );
    // Cut off without an answer: sent again, with the id that it had.
    silent = false;
    for (const response of owed.splice(0)) response.destroy();
    await until(() =>
      alerts.some(({ body }) =>
        body.records.some((record: Json) => record.code === 'peer_identity_rejected'),
      ),
    );
    await until(async () =>
      /^vectorvue_forward_lag_entries\{destination="alerts"\} 0$/m.test(await metrics()),
    );
    expect(await metrics()).toMatch(
      /^vectorvue_forward_last_error_timestamp_seconds\{destination="alerts",code="connection_cut"\} [\d.]+$/m,
    );
  });

  test('a missing header is no security event, and an alert does not come of it', async () => {
    const before = alerts.length;
    const bare = withHeader(telemetry(federation), 'X-Telemetry-Signature', null);
    const answer = await send(federation, gateway.listen, bare);
    expect(answer.status).toBe(401);
    await until(() =>
      linesOf(file).some((event) => event.metadata.correlation_uid === answer.json.request_id),
    );
    await until(async () =>
      /^vectorvue_forward_lag_entries\{destination="alerts"\} 0$/m.test(await metrics()),
    );
    expect(alerts).toHaveLength(before);
  });
});
