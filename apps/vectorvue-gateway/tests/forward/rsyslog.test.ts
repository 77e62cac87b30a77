import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPki, type IssuedCertificate, type Pki, temporaryDirectory } from '@nyxera/federation-testing';
import type { OutgoingRecord } from '../../src/forward/entry.ts';
import { createSyslogSender } from '../../src/forward/send-syslog.ts';
import type { Sender } from '../../src/forward/sender.ts';
import { forwardFile, type SyslogSettings } from '../../src/forward/settings.ts';
import { openTlsClient } from '../../src/forward/tls-client.ts';
import { toEntryRecord } from '../../src/forward/to-entry-record.ts';
import { newParty } from '../store/requests.ts';
import { forEachStore, rowsOf } from '../store/stores.ts';
import { entry, records } from './entries.ts';
import { type FlakyProxy, flakyProxy } from './flaky-proxy.ts';
import { createRsyslog, HAS_RSYSLOG, type Rsyslog } from './rsyslog.ts';
import { append, range, runForwarder, until } from './run-forwarder.ts';

let pki: Pki;
let server: IssuedCertificate;
let client: IssuedCertificate;
let stranger: IssuedCertificate;
let rsyslog: Rsyslog;
const directory = temporaryDirectory('rsyslog');

async function senderTo(
  port: number,
  over: Record<string, unknown> = {},
  tls: Record<string, unknown> = {},
): Promise<Sender> {
  const parsed = forwardFile.parse({
    version: 1,
    destinations: [
      {
        name: 's',
        type: 'syslog',
        host: '127.0.0.1',
        port,
        timeout_seconds: 2,
        tls: { ca_file: pki.caCertPath, cert_file: client.certPath, key_file: client.keyPath, ...tls },
        ...over,
      },
    ],
  });
  const settings = parsed.destinations[0] as SyslogSettings;
  const tlsClient = await openTlsClient(settings.tls, settings.host, (member, text) => {
    throw new Error(`${member} ${text}`);
  });
  return createSyslogSender(settings, { tls: tlsClient, hostname: 'gateway-1' });
}

async function deliver(sender: Sender, sent: readonly OutgoingRecord[]) {
  const result = await sender.send(sent);
  return result.ok ? sender.confirm() : result;
}

/** Sequences of lines, as the structured data says. */
function sequencesOf(lines: readonly string[]): readonly number[] {
  return lines.map((line) => Number(/ seq="(\d+)"/.exec(line)?.[1] ?? Number.NaN));
}

// Skipped, and counted as such, where the packages cannot be installed.
const describeRsyslog = HAS_RSYSLOG ? describe : describe.skip;

describeRsyslog('a real rsyslog with TLS', () => {
  beforeAll(async () => {
    pki = await createPki(join(directory.path, 'pki'));
    server = await pki.issue({ name: 'server', ips: ['127.0.0.1'], server: true });
    client = await pki.issue({ name: 'vectorvue-gateway', dns: ['vectorvue-gateway'], client: true });
    stranger = await pki.issue({ name: 'stranger', dns: ['stranger'], client: true });
    rsyslog = await createRsyslog(directory.path, pki, server);
    await rsyslog.start();
  }, 60_000);
  afterAll(async () => {
    await rsyslog.stop();
    directory.remove();
  });

  test('that cannot open its file confirms nothing, and writes what it holds when it can', async () => {
    const sender = await senderTo(rsyslog.port, { timeout_seconds: 0.7 });
    mkdirSync(rsyslog.output);
    expect(await deliver(sender, records(3))).toMatchObject({ ok: false, code: 'timeout' });
    rmdirSync(rsyslog.output);
    await until(() => rsyslog.lines().length === 3);
    await sender.close();
  });

  test('has every record on disk when it is confirmed, in order, a line each', async () => {
    const sender = await senderTo(rsyslog.port);
    const before = rsyslog.lines().length;
    const sent = records(40);
    expect(await deliver(sender, sent)).toEqual({ ok: true });
    const lines = rsyslog.lines().slice(before);
    expect(sequencesOf(lines)).toEqual(range(0, 40));
    expect(lines.map((line) => JSON.parse(line.slice(line.indexOf('] {') + 2)))).toEqual(
      sent.map((record) => record.json),
    );
    expect(lines[0]).toMatch(
      /^<110>1 2026-02-26T12:00:00\.123Z gateway-1 vectorvue-gateway - accepted \[vectorvue@32473 id="/,
    );
    await sender.close();
  });

  test('hostile values make one line each, and none of their own', async () => {
    const sender = await senderTo(rsyslog.port, { max_message_bytes: 8192 });
    const before = rsyslog.lines().length;
    const forged = '<110>1 2026-01-01T00:00:00Z evil evil - - - forged';
    const values = [
      `a\n${forged}`,
      `a\r\n${forged}\r\n`,
      `a\u0000${forged}`,
      `a"] ${forged}`,
      `a\\"] \\]\u2028${forged}\u2029\u0085`,
      `${forged.length} ${forged}\n`.repeat(3_000),
      '\u001b[2J\u202e\ud800',
      'x'.repeat(150_000),
      '\u{1f600}'.repeat(40_000),
    ];
    const sent = values.map((value, sequence) =>
      toEntryRecord(entry({ sequence, subject: value, actor: value, operatorId: value })),
    );
    expect(await deliver(sender, sent)).toEqual({ ok: true });
    const lines = rsyslog.lines().slice(before);
    expect(sequencesOf(lines)).toEqual(range(0, values.length));
    expect(lines.every((line) => line.startsWith('<110>1 2026-02-26T12:00:00.123Z gateway-1 '))).toBe(true);
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(8_192);
    await sender.close();
  });

  test('that does not know our certificate, or that we do not know, gets nothing', async () => {
    const before = rsyslog.lines().length;
    const unknown = await senderTo(
      rsyslog.port,
      {},
      { cert_file: stranger.certPath, key_file: stranger.keyPath },
    );
    expect((await deliver(unknown, records(1))).ok).toBe(false);
    const pinned = await senderTo(rsyslog.port, {}, { pins: ['0'.repeat(64)] });
    expect(await deliver(pinned, records(1))).toMatchObject({
      ok: false,
      code: 'certificate_refused',
      detail: 'RECEIVER_PIN_MISMATCH',
    });
    const misnamed = await senderTo(rsyslog.port, {}, { server_name: 'siem.example' });
    expect(await deliver(misnamed, records(1))).toMatchObject({ ok: false, code: 'certificate_refused' });
    const other = await createPki(join(directory.path, 'other-pki'));
    const foreign = await senderTo(rsyslog.port, {}, { ca_file: other.caCertPath });
    expect(await deliver(foreign, records(1))).toMatchObject({ ok: false, code: 'certificate_refused' });
    const right = await senderTo(rsyslog.port, {}, { pins: [server.sha256] });
    expect(await deliver(right, records(1))).toEqual({ ok: true });
    expect(rsyslog.lines()).toHaveLength(before + 1);
    for (const sender of [unknown, pinned, misnamed, foreign, right]) await sender.close();
  });

  test('bytes that were written and not received are not taken for delivered', async () => {
    const proxy = await flakyProxy(rsyslog.port);
    const sender = await senderTo(proxy.port, { timeout_seconds: 3 });
    const before = rsyslog.lines().length;
    expect(await deliver(sender, records(3))).toEqual({ ok: true });
    expect(await sender.send(records(1, 3))).toEqual({ ok: true });
    proxy.swallow(true);
    // The kernel takes them: the write succeeds.
    expect(await sender.send(records(20, 4))).toEqual({ ok: true });
    expect(await sender.confirm()).toMatchObject({ ok: false, code: 'timeout' });
    proxy.swallow(false);
    expect(await deliver(sender, records(21, 3))).toEqual({ ok: true });
    const received = sequencesOf(rsyslog.lines().slice(before));
    expect([...new Set(received)]).toEqual(range(0, 24));
    await sender.close();
    await proxy.close();
  });
});

(HAS_RSYSLOG ? forEachStore : skipped)(
  'forwarding to a real rsyslog that is cut off and restarted',
  (store) => {
    let proxy: FlakyProxy;

    beforeAll(async () => {
      const own = temporaryDirectory(`rsyslog-${store().kind}`);
      directories.push(own);
      pki = await createPki(join(own.path, 'pki'));
      server = await pki.issue({ name: 'server', ips: ['127.0.0.1'], server: true });
      client = await pki.issue({ name: 'vectorvue-gateway', dns: ['vectorvue-gateway'], client: true });
      rsyslog = await createRsyslog(own.path, pki, server);
      await rsyslog.start();
      proxy = await flakyProxy(rsyslog.port);
    }, 60_000);
    afterAll(async () => {
      await proxy.close();
      await rsyslog.stop();
      for (const each of directories.splice(0)) each.remove();
    });

    test('everything arrives, in order, and nothing is missing', async () => {
      const sender = await senderTo(proxy.port, { confirm_seconds: 0.1, timeout_seconds: 0.7 });
      const party = newParty();
      const forwarder = await runForwarder(store(), sender, {
        name: 'rsyslog',
        batch: { max_records: 7, max_bytes: 1_000_000 },
      });
      const faults: readonly (() => Promise<void>)[] = [
        async () => proxy.cut(),
        async () => {
          proxy.swallow(true);
          await sleep(300);
          proxy.cut();
          proxy.swallow(false);
        },
        async () => {
          await rsyslog.stop('SIGKILL');
          await sleep(100);
          await rsyslog.start();
        },
        async () => {
          await rsyslog.stop('SIGTERM');
          await sleep(100);
          await rsyslog.start();
        },
      ];
      for (let round = 0; round < 8; round += 1) {
        await append(store().db, party, 25);
        await sleep(round * 37);
        await faults[round % faults.length]?.();
        if (round === 3) await forwarder.caughtUp();
      }
      await forwarder.caughtUp();
      await forwarder.stop();
      // A line that rsyslog was killed over may be half there; nobody was told that it is whole.
      const whole = rsyslog.lines().filter((line) => line.endsWith('}') && line.startsWith('<110>1 '));
      const sequences = sequencesOf(whole);
      expect([...new Set(sequences)]).toEqual(range(0, 200));
      expect(proxy.connections()).toBeGreaterThan(8);
      const rows = await rowsOf<{ leaf: string }>(
        store().db,
        `SELECT encode(leaf_hash, 'hex') AS leaf FROM audit_log ORDER BY sequence`,
      );
      for (const line of whole) {
        const sequence = sequencesOf([line])[0] ?? -1;
        expect(/ id="([0-9a-f]{64})"/.exec(line)?.[1]).toBe(rows[sequence]?.leaf);
      }
    }, 120_000);
  },
);

const directories: { remove(): void }[] = [];

function skipped(name: string): void {
  describe.skip(name, () => {
    test('needs rsyslog and rsyslog-gnutls', () => undefined);
  });
}
