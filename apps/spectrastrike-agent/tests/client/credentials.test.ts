import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatServerPin, isPinned, parseServerPin } from '../../src/config/server-pin.ts';
import { loadChangedTls } from '../../src/config.ts';
import type { CredentialNews } from '../../src/gateway-client/follow-credentials.ts';
import { createGatewayClient, type GatewayClient } from '../../src/gateway-client.ts';
import { createSuite, type Suite } from '../support/delivery-harness.ts';
import { type ScriptedGateway, startScriptedGateway } from '../support/scripted-gateway.ts';

const BODY = new TextEncoder().encode('{"a":1}');
let suite: Suite;
let gateway: ScriptedGateway;
let client: GatewayClient;
beforeAll(async () => {
  suite = await createSuite();
});
afterAll(() => suite.remove());
afterEach(async () => {
  client.close();
  await gateway.close();
});

/** A client that follows files of its own, and what it says of them. */
async function follow(name: string) {
  gateway = await startScriptedGateway(suite.pki);
  const first = await suite.pki.issue({ name: `${name}-1`, client: true });
  const second = await suite.pki.issue({ name: `${name}-2`, client: true });
  const at = (file: string) => join(suite.directory, `${name}.${file}`);
  copyFileSync(first.certPath, at('crt'));
  copyFileSync(first.keyPath, at('key'));
  const environment: Record<string, string> = {
    SPECTRASTRIKE_CONFIG_FILE: at('env'),
    VECTORVUE_FEDERATION_MTLS_CERT_FILE: at('crt'),
    VECTORVUE_FEDERATION_MTLS_KEY_FILE: at('key'),
    VECTORVUE_FEDERATION_MTLS_CA_FILE: suite.pki.caCertPath,
  };
  const settings = (pins: readonly string[]) =>
    writeFileSync(at('env'), `VECTORVUE_FEDERATION_SERVER_CERT_SHA256=${pins.join(',')}\n`);
  settings([gateway.certificate.sha256]);
  const load = () => loadChangedTls(environment, Date.now());
  const tls = await load();
  if (!tls.ok) throw new Error(JSON.stringify(tls.faults));
  const news: CredentialNews[] = [];
  const made = await createGatewayClient(
    {
      gatewayUrl: gateway.url,
      serviceIdentity: 'agent-1',
      tls: tls.value,
      concurrency: 4,
      requestTimeoutMs: 10_000,
    },
    { follow: { load, alsoFiles: [at('env')], onNews: (one) => news.push(one) } },
  );
  if (!made.ok) throw new Error(made.detail);
  client = made.value;
  const replace = (file: string, from: string): void => {
    copyFileSync(from, at(`${file}.new`));
    renameSync(at(`${file}.new`), at(file));
  };
  const post = async () => {
    const outcome = await client.post('/x', BODY, {});
    return outcome.kind === 'answer'
      ? outcome.status
      : outcome.kind === 'untrusted'
        ? outcome.code
        : outcome.reason;
  };
  /** Requests, which all must get that answer, until it is told of so many things. */
  const postUntil = async (count: number, answer: number | string = 202): Promise<void> => {
    while (news.length < count) expect(await post()).toBe(answer);
  };
  return { first, second, replace, settings, news, post, postUntil, at };
}

describe('a run that outlives its certificate', () => {
  test('half a pair changes nothing; with the other half the next connection shows the new one, and its header agrees', async () => {
    const { first, second, replace, news, postUntil, post } = await follow('swap');
    expect(await post()).toBe(202);
    expect(client.clientCertSha256).toBe(first.sha256);
    replace('crt', second.certPath);
    // Told after the grace, and until then and after it the old pair is what is used.
    await postUntil(1);
    expect(news).toEqual([
      { kind: 'refused', problems: [expect.stringMatching(/KEY_FILE is not the private key/)] },
    ]);
    expect(client.clientCertSha256).toBe(first.sha256);
    replace('key', second.keyPath);
    await postUntil(2);
    expect(news[1]).toEqual({ kind: 'taken', certSha256: second.sha256 });
    expect(await post()).toBe(202);
    expect(client.clientCertSha256).toBe(second.sha256);
    // What the socket presented is what the header claimed, on every request.
    for (const { headers, peerSha256 } of gateway.requests)
      expect(headers['x-client-cert-sha256']).toBe(peerSha256);
    expect(new Set(gateway.requests.map(({ peerSha256 }) => peerSha256))).toEqual(
      new Set([first.sha256, second.sha256]),
    );
  });

  test('an expired one is refused, and pins of the settings file are taken', async () => {
    const { first, replace, settings, news, postUntil, post } = await follow('pins');
    const expired = await suite.pki.issue({
      name: 'pins-expired',
      client: true,
      notAfter: new Date(Date.now() - 3_600_000),
    });
    replace('crt', expired.certPath);
    replace('key', expired.keyPath);
    await postUntil(1);
    expect(news[0]).toMatchObject({ kind: 'refused', problems: [expect.stringMatching(/has expired/)] });
    expect(client.clientCertSha256).toBe(first.sha256);
    replace('crt', first.certPath);
    replace('key', first.keyPath);
    await postUntil(2);
    settings(['ab'.repeat(32)]);
    while (news.length < 3) await post();
    expect(await post()).toBe('server_pin_mismatch');
    const [past, future] = ['2020-01-01T00:00:00Z', '2100-01-01T00:00:00Z'];
    settings([`${gateway.certificate.sha256}@..${past}`]);
    while (news.length < 4) await post();
    expect(await post()).toBe('server_pin_mismatch');
    settings([`${gateway.certificate.sha256}@${past}..${future}`]);
    while (news.length < 5) await post();
    expect(await post()).toBe(202);
  });
});

test('server pins: what is written is what is read, and the ends of a validity', async () => {
  ({ gateway, client } = {
    gateway: await startScriptedGateway(suite.pki),
    client: { close: () => undefined } as never,
  });
  const time = fc.option(fc.integer({ min: 0, max: 4_000_000_000_000 }), { nil: null });
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-f]{64}$/), time, time, (sha256, notBeforeMs, notAfterMs) => {
      fc.pre(notBeforeMs === null || notAfterMs === null || notBeforeMs < notAfterMs);
      const pin = { sha256, notBeforeMs, notAfterMs };
      const text = formatServerPin(pin);
      expect(parseServerPin(text)).toEqual(pin);
      for (const at of [notBeforeMs ?? 0, (notAfterMs ?? 1) - 1]) {
        const inside = at >= (notBeforeMs ?? at) && at < (notAfterMs ?? at + 1);
        expect(isPinned([text], sha256, at)).toBe(inside);
      }
      if (notAfterMs !== null) expect(isPinned([text], sha256, notAfterMs)).toBe(false);
      if (notBeforeMs !== null) expect(isPinned([text], sha256, notBeforeMs - 1)).toBe(false);
    }),
  );
  const hex = 'ab'.repeat(32);
  const wrong = [
    '',
    hex.slice(1),
    `${hex}@`,
    `${hex}@..`,
    `${hex}@x..`,
    `${hex}@2026-01-01T00:00:00Z`,
    `${hex}@@`,
  ];
  expect(wrong.map(parseServerPin)).toEqual(wrong.map(() => null));
  expect(parseServerPin(`${hex}@2026-01-02T00:00:00Z..2026-01-01T00:00:00Z`)).toBeNull();
  fc.assert(fc.property(fc.string(), (text) => void parseServerPin(text)));
});
