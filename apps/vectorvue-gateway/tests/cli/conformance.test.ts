/**
 * `conformance` against the real gateway, where every case passes; and against gateways that are wrong in one thing each,
 * where exactly the cases about that thing fail. A wrong one is the real one behind a listener that changes what goes by.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import { importKey } from '../../src/trust/trust-store.ts';
import { type Received, send } from '../support/client.ts';
import {
  createFederation,
  type Federation,
  IDENTITY,
  OPERATOR,
  OTHER_OPERATOR,
  OTHER_TENANT,
  TENANT,
} from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import type { Prepared } from '../support/requests.ts';
import { runCommand } from './run-command.ts';

let federation: Federation;
let gateway: TestGateway;
let options: readonly string[];
const servers: Server[] = [];

beforeAll(async () => {
  federation = await createFederation();
  const path = (name: string): string => join(federation.directory, name);
  const keys = {
    telemetry: await generateKeyFile(path('telemetry.key')),
    narrow: await generateKeyFile(path('narrow.key')),
    evidence: await generateKeyFile(path('evidence.key')),
  };
  gateway = await startTestGateway(federation, {
    VV_TG_SPECTRASTRIKE_ED25519_PUBKEY: JSON.stringify({ telemetry: keys.telemetry.toBase64() }),
    VV_FEDERATION_SPECTRASTRIKE_ED25519_PUBKEY: keys.evidence.toBase64(),
    VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON: JSON.stringify({
      [IDENTITY]: { pins: [federation.client.sha256], operators: [OPERATOR] },
    }),
    VV_TG_FINGERPRINT_POLICY: 'enforce',
    VV_TG_ALLOWED_SCHEMA_VERSIONS: '1.0,2.0',
  });
  const narrow = await importKey(
    gateway.db,
    { actor: 'cli:test', reason: 'test', nowMs: Date.now() },
    {
      owner: IDENTITY,
      purposes: ['telemetry'],
      kid: 'narrow',
      key: keys.narrow,
      domain: [OTHER_TENANT],
      state: 'active',
      notBefore: null,
      notAfter: null,
    },
  );
  expect(narrow).toMatchObject({ ok: true });
  options = [
    ...['--identity', IDENTITY, '--operator', OPERATOR, '--tenant', TENANT],
    ...[
      '--cert',
      federation.client.certPath,
      '--key',
      federation.client.keyPath,
      '--ca',
      federation.pki.caCertPath,
    ],
    ...['--signing-key', path('telemetry.key'), '--evidence-key', path('evidence.key')],
    ...['--narrow-key', path('narrow.key')],
    ...['--feedback-key', `default=${federation.feedback.toBase64()}`],
    ...['--forbidden-operator', OTHER_OPERATOR, '--forbidden-tenant', OTHER_TENANT],
  ];
});
afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await gateway?.close();
  federation?.remove();
});

function conformance(listen: string, ...more: readonly string[]) {
  return runCommand({}, ['conformance', '--target', `https://${listen}`, ...options, '--json', ...more]);
}

type Change = (received: Received, path: string) => { readonly status: number; readonly text: string };

/** The real gateway behind a listener that changes its answers. */
async function wrongGateway(change: Change): Promise<string> {
  const server = createServer(
    {
      cert: readFileSync(federation.server.certPath),
      key: readFileSync(federation.server.keyPath),
      ca: federation.pki.caCertPem,
      requestCert: true,
    },
    async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const raw = request.rawHeaders;
      const headers: [string, string][] = [];
      for (let i = 0; i + 1 < raw.length; i += 2) {
        const name = raw[i] ?? '';
        if (!/^(?:host|content-length|connection)$/i.test(name)) headers.push([name, raw[i + 1] ?? '']);
      }
      const prepared: Prepared = { path: request.url ?? '/', headers, body: Buffer.concat(chunks) };
      const received = await send(federation, gateway.listen, prepared, { method: request.method ?? 'POST' });
      const { status, text } = change(received, prepared.path);
      response.writeHead(status, { 'content-type': String(received.headers['content-type']) }).end(text);
    },
  );
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The cases that did not pass, in order. */
function failures(json: {
  readonly cases: readonly { readonly id: string; readonly result: string }[];
}): readonly string[] {
  return json.cases.filter(({ result }) => result !== 'passed').map(({ id }) => id);
}

describe('conformance', () => {
  test('of the real gateway: every case passes, and what is not proven is out of reach', async () => {
    const junit = join(federation.directory, 'junit.xml');
    const { exitCode, json } = await conformance(gateway.listen, '--yes', '--junit', junit);
    expect(failures(json)).toEqual([]);
    expect({ exitCode, failed: json.failed, skipped: json.skipped }).toEqual({
      exitCode: 0,
      failed: 0,
      skipped: 0,
    });
    expect(json.passed).toBeGreaterThan(120);
    expect(json.unproven.map(({ code }: { readonly code: string }) => code).sort()).toEqual([
      'internal_error',
      'rate_limited',
      'service_unavailable',
    ]);
    const xml = readFileSync(junit, 'utf8');
    expect(xml.match(/<testcase /g)).toHaveLength(json.passed);
    // Everything that stayed says what it is, and nothing of it is a finding.
    const [kept] = await gateway.db.query<{ events: number; others: number; findings: number }>({
      name: 'test-conformance-left',
      text: `SELECT (SELECT count(*)::int FROM events) AS events, (SELECT count(*)::int FROM findings) AS findings,
               (SELECT count(*)::int FROM events WHERE campaign_id NOT LIKE 'nyxera-conformance-%') AS others`,
    });
    expect(kept).toEqual({ events: expect.any(Number), others: 0, findings: 0 });
  });

  test('without --yes nothing is sent', async () => {
    const before = await gateway.count('audit_log');
    const { exitCode, json } = await conformance(gateway.listen);
    expect([exitCode, json.sent, await gateway.count('audit_log')]).toEqual([2, 0, before]);
  });

  test('of a gateway that accepts replays: the cases about replays fail, and no other', async () => {
    const accepting = await wrongGateway((received) =>
      received.text.includes('replay_detected')
        ? { status: 202, text: JSON.stringify({ accepted: true, duplicate: true, status: 'accepted' }) }
        : received,
    );
    const { exitCode, json } = await conformance(
      accepting,
      '--yes',
      '--only',
      'replay',
      '--only',
      'event',
      '--only',
      'batch',
    );
    expect(exitCode).toBe(1);
    expect(failures(json)).toEqual([
      'replay.same-bytes',
      'replay.same-nonce',
      'replay.after-refusal',
      'replay.parallel',
      'batch.replay',
    ]);
  });

  test('of a gateway that names another code: failed, and passed where only the status is asked for', async () => {
    const renaming = await wrongGateway(({ status, text }) => ({
      status,
      text: text.replaceAll('signed_header_mismatch', 'signature_invalid'),
    }));
    const only = ['--only', 'agreement', '--only', 'query.agreement', '--only', 'signature.tampered'];
    const { exitCode, json } = await conformance(renaming, '--yes', ...only);
    expect([exitCode, failures(json)]).toEqual([
      1,
      ['agreement.nonce', 'agreement.timestamp', 'query.agreement'],
    ]);
    expect((await conformance(renaming, '--yes', '--status-only', ...only)).exitCode).toBe(0);
  });

  test('of a gateway whose feedback is not what it signed: failed', async () => {
    const altering = await wrongGateway(({ status, text }) => ({
      status,
      text: text.replaceAll('"action":"observe"', '"action":"deny"'),
    }));
    const { json } = await conformance(altering, '--yes', '--only', 'feedback.signature');
    expect(json.cases[0]).toMatchObject({ result: 'failed', got: 'feedback_signature_invalid' });
  });

  test('of nothing: each case fails in words, and the command ends', async () => {
    const { exitCode, json } = await conformance('127.0.0.1:1', '--yes', '--only', 'telemetry');
    expect([exitCode, json.cases[0].result, json.cases[0].expected]).toEqual([1, 'failed', 'an answer']);
  });

  test.each([
    [['--target', 'http://a.example'], 'usage'],
    [['--tenant', 'x'], 'usage'],
    [['--forbidden-tenant', TENANT, '--signing-key', '/nowhere/at-all'], 'key_invalid'],
    [['--feedback-key', 'nothing'], 'usage'],
    [['--only', 'no-such-case'], 'usage'],
  ])('%j is refused before anything is sent', async (more, code) => {
    const { exitCode, json } = await conformance(gateway.listen, '--yes', ...more);
    expect([exitCode, json.error?.code]).toEqual([2, code]);
  });
});
