import { once } from 'node:events';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  createPki,
  freePort,
  type IssuedCertificate,
  type Pki,
  temporaryDirectory,
} from '@nyxera/federation-testing';
import { createSyslogSender } from '../../src/forward/send-syslog.ts';
import type { Sender } from '../../src/forward/sender.ts';
import { forwardFile, type SyslogSettings } from '../../src/forward/settings.ts';
import { openTlsClient } from '../../src/forward/tls-client.ts';
import { records } from './entries.ts';

const SOON = { timeout_seconds: 0.5 };

describe('syslog to a receiver that misbehaves', () => {
  const directory = temporaryDirectory('send-syslog');
  let pki: Pki;
  let certificate: IssuedCertificate;
  let server: Server | null = null;
  let sender: Sender | null = null;
  const sockets = new Set<TLSSocket>();

  beforeAll(async () => {
    pki = await createPki(join(directory.path, 'pki'));
    certificate = await pki.issue({ name: 'server', ips: ['127.0.0.1'], server: true });
  });
  afterEach(async () => {
    await sender?.close();
    for (const socket of sockets) socket.destroy();
    if (server !== null) {
      server.close();
      await once(server, 'close');
    }
    server = null;
  });
  afterAll(() => directory.remove());

  async function receiver(onConnection: (socket: TLSSocket) => void): Promise<number> {
    server = createServer(
      { cert: certificate.certPem, key: certificate.keyPem, allowHalfOpen: true },
      (socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined);
        onConnection(socket);
      },
    );
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  async function senderTo(port: number, over: Record<string, unknown> = {}): Promise<Sender> {
    const settings = forwardFile.parse({
      version: 1,
      destinations: [
        {
          name: 's',
          type: 'syslog',
          host: '127.0.0.1',
          port,
          // Only where a timeout is what is expected does one come; a busy machine must not look like one.
          timeout_seconds: 20,
          tls: { ca_file: pki.caCertPath },
          ...over,
        },
      ],
    }).destinations[0] as SyslogSettings;
    const tls = await openTlsClient(settings.tls, settings.host, (member, text) => {
      throw new Error(`${member} ${text}`);
    });
    sender = createSyslogSender(settings, { tls, hostname: 'h', lingerMs: 50 });
    return sender;
  }

  test('nobody listens', async () => {
    const to = await senderTo(await freePort());
    expect(await to.send(records(1))).toMatchObject({
      ok: false,
      code: 'connection_failed',
      detail: 'ECONNREFUSED',
    });
    expect(to.unconfirmedBytes()).toBe(0);
  });

  test('it reads everything and ends: confirmed, with close_notify asked for, too', async () => {
    const texts: string[] = [];
    const port = await receiver((socket) => {
      socket.setEncoding('utf8');
      let text = '';
      socket.on('data', (chunk: string) => {
        text += chunk;
      });
      socket.on('end', () => {
        texts.push(text);
        socket.end();
      });
    });
    const to = await senderTo(port, { require_close_notify: true });
    expect(await to.send(records(2))).toEqual({ ok: true });
    expect(to.unconfirmedBytes()).toBeGreaterThan(500);
    expect(await to.confirm()).toEqual({ ok: true });
    expect(to.unconfirmedBytes()).toBe(0);
    expect(readFrames(texts[0] ?? '')).toHaveLength(2);
    // A new connection for what comes next.
    expect(await to.send(records(1, 2))).toEqual({ ok: true });
    expect(await to.confirm()).toEqual({ ok: true });
    expect(texts).toHaveLength(2);
  });

  test('an end without close_notify is none where one is asked for', async () => {
    const port = await receiver((socket) => {
      socket.resume();
      // What the kernel does for a process that just exits.
      socket.on('end', () => endLine(socket));
    });
    const to = await senderTo(port, { require_close_notify: true });
    expect(await to.send(records(1))).toEqual({ ok: true });
    const result = await to.confirm();
    expect(result).toMatchObject({ ok: false, code: 'connection_cut' });
  });

  test('it ends by itself before it is asked to', async () => {
    const port = await receiver((socket) => {
      socket.once('data', () => socket.end());
    });
    const to = await senderTo(port);
    expect(await to.send(records(1))).toEqual({ ok: true });
    expect(await to.confirm()).toMatchObject({ ok: false, code: 'connection_cut' });
  });

  test('it dies with bytes unread', async () => {
    const port = await receiver((socket) => {
      socket.pause();
      setTimeout(() => socket.destroy(), 150);
    });
    const to = await senderTo(port);
    const sent = await to.send(records(4_000));
    expect(sent.ok ? await to.confirm() : sent).toMatchObject({ ok: false, code: 'connection_cut' });
  });

  test('it dies with what it has read: only close_notify tells that from an end', async () => {
    const port = await receiver((socket) => {
      socket.resume();
      setTimeout(() => socket.destroy(), 150);
    });
    const to = await senderTo(port, { require_close_notify: true });
    expect(await to.send(records(1))).toEqual({ ok: true });
    expect(await to.confirm()).toMatchObject({ ok: false, code: 'connection_cut' });
  });

  test('it never ends', async () => {
    const port = await receiver((socket) => {
      socket.resume();
    });
    const to = await senderTo(port, SOON);
    expect(await to.send(records(1))).toEqual({ ok: true });
    expect(await to.confirm()).toMatchObject({ ok: false, code: 'timeout' });
  });

  test('it does not read: the write is given up', async () => {
    const port = await receiver((socket) => {
      socket.pause();
    });
    const to = await senderTo(port, SOON);
    let result = await to.send(records(1));
    for (let n = 0; n < 40 && result.ok; n += 1) result = await to.send(records(1_000));
    expect(result).toMatchObject({ ok: false, code: 'timeout', detail: 'writing' });
  });

  test('it takes the connection and says no TLS', async () => {
    const { createServer: createPlain } = await import('node:net');
    const plain = createPlain(() => undefined).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const address = plain.address();
    const to = await senderTo(typeof address === 'object' ? (address?.port ?? 0) : 0, SOON);
    expect(await to.send(records(1))).toMatchObject({ ok: false, code: 'timeout', detail: 'connecting' });
    plain.close();
  });
});

/** Ends the TCP connection under a TLS session without a word of TLS. */
function endLine(socket: TLSSocket): void {
  const line = (socket as unknown as { _parent: { destroy(): void } | null })._parent;
  if (line === null) throw new Error('the server keeps its socket elsewhere now');
  line.destroy();
}

/** RFC 5425 frames, strictly. */
function readFrames(text: string): readonly string[] {
  const bytes = Buffer.from(text, 'utf8');
  const frames: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = bytes.toString('ascii', at, space);
    if (!/^[1-9][0-9]*$/.test(length)) throw new Error(`no frame length: ${length}`);
    frames.push(bytes.toString('utf8', space + 1, space + 1 + Number(length)));
    at = space + 1 + Number(length);
  }
  return frames;
}
