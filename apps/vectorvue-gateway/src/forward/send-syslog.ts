import { connect as connectLine, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { deferred } from '../accept/deferred.ts';
import type { OutgoingRecord } from './entry.ts';
import { markShortened } from './mark-shortened.ts';
import { failed, SENT, type Sender, type SendResult } from './sender.ts';
import type { SyslogSettings } from './settings.ts';
import { connectionFailure, type TlsClient } from './tls-client.ts';
import { shorten } from './write-json.ts';
import { frameSyslog, writeSyslog } from './write-syslog.ts';

/** How long a connection must have stayed whole after the last byte, before it is ended. Milliseconds. */
const LINGER_MS = 250;

/** More than this is confirmed at once: it is what has to be sent again after a cut. */
const UNCONFIRMED_BYTES = 4_194_304;

export interface SyslogParts {
  readonly tls: TlsClient;
  /** HOSTNAME where the settings name none. */
  readonly hostname: string;
  /** Default LINGER_MS; for tests. */
  readonly lingerMs?: number;
}

/**
 * Syslog over TLS: RFC 5424 messages in RFC 5425 frames.
 *
 * The protocol has no acknowledgement, and a byte that was written is not a line that was received: it may lie in a
 * buffer of either kernel when the connection is cut. What counts here is an orderly end: we end our side, and the
 * receiver, having read everything up to that end, ends its own. A receiver that dies or is cut off with unread bytes
 * makes a reset or nothing at all, and then everything since the last orderly end is sent again.
 *
 * Before ending, the connection is watched for a moment: a receiver that was closing by itself has not read what we
 * sent meanwhile, and its end must not be taken for an answer to ours.
 *
 * An end without TLS's close_notify could also be the work of something in between that ends connections by itself.
 * Where the receiver sends one, `require_close_notify` asks for it; rsyslog's gtls driver does not.
 *
 * What it proves is that the receiving process has read the lines. That it also keeps them is up to it
 * (infra/siem/README.md configures rsyslog to write before it reads on).
 */
export function createSyslogSender(settings: SyslogSettings, parts: SyslogParts): Sender {
  let connection: Connection | null = null;
  let unconfirmed = 0;
  const timeoutMs = settings.timeout_seconds * 1000;
  const reset = (): void => {
    connection?.destroy();
    connection = null;
    unconfirmed = 0;
  };
  /** Whatever came of it, this connection is over. */
  const over = (result: SendResult): SendResult => {
    reset();
    return result;
  };
  return {
    confirms: { afterMs: settings.confirm_seconds * 1000, afterBytes: UNCONFIRMED_BYTES },
    unconfirmedBytes: () => unconfirmed,
    async send(records) {
      if (connection === null) {
        const opened = await open(settings, parts, timeoutMs);
        if (!opened.ok) return over(opened.failure);
        connection = opened.connection;
      }
      const bytes = Buffer.concat(records.map((record) => frameSyslog(toMessage(settings, parts, record))));
      const written = await connection.write(bytes, timeoutMs);
      if (!written.ok) return over(written);
      unconfirmed += bytes.length;
      return SENT;
    },
    async confirm() {
      if (connection === null) return failed('connection_cut', 'nothing is open');
      return over(await connection.endInOrder(parts.lingerMs ?? LINGER_MS, timeoutMs));
    },
    reset,
    async close() {
      reset();
    },
  };
}

function toMessage(settings: SyslogSettings, parts: SyslogParts, record: OutgoingRecord): string {
  const { entry } = record;
  const write = (message: string): string =>
    writeSyslog({
      facility: settings.facility,
      level: entry.level,
      time: entry.recordedAt,
      hostname: settings.hostname ?? parts.hostname,
      appName: settings.app_name,
      msgId: entry.code,
      sdId: `vectorvue@${settings.enterprise_number}`,
      sdParams: [
        ['id', record.id],
        ['seq', String(entry.sequence)],
        ['class', entry.class],
        ['level', entry.level],
        ['actor', entry.actor],
        ['request', entry.requestId],
        ...(entry.tenantId === null ? [] : [['tenant', entry.tenantId] as const]),
      ],
      message,
    });
  const room = settings.max_message_bytes - Buffer.byteLength(write(''), 'utf8');
  return write(shorten(record.json, room, markShortened).text);
}

interface Connection {
  destroy(): void;
  write(bytes: Buffer, timeoutMs: number): Promise<SendResult>;
  endInOrder(lingerMs: number, timeoutMs: number): Promise<SendResult>;
}

type Opened =
  | { readonly ok: true; readonly connection: Connection }
  | { readonly ok: false; readonly failure: SendResult };

async function open(settings: SyslogSettings, parts: SyslogParts, timeoutMs: number): Promise<Opened> {
  const line = connectLine({ host: settings.host, port: settings.port });
  const socket = connect({ socket: line, host: settings.host, ...parts.tls });
  const watch = watchSocket(line, socket, settings.require_close_notify);
  const secured = deferred<SendResult>();
  socket.once('secureConnect', () => secured.resolve(SENT));
  const outcome = await within(timeoutMs, 'connecting', [secured.promise, watch.ended]);
  const destroy = (): void => {
    socket.destroy();
    // While it is still connecting the session has not taken it over.
    line.destroy();
  };
  if (!outcome.ok) {
    destroy();
    return { ok: false, failure: outcome };
  }
  return {
    ok: true,
    connection: {
      destroy,
      write: (bytes, limitMs) => {
        const flushed = deferred<SendResult>();
        // Called when the kernel has taken the last byte: a receiver that does not read is noticed here.
        socket.write(bytes, (fault) => {
          if (fault === null || fault === undefined) flushed.resolve(SENT);
        });
        return within(limitMs, 'writing', [flushed.promise, watch.ended]);
      },
      endInOrder: async (lingerMs, limitMs) => {
        const early = await Promise.race([watch.ended, sleep(lingerMs, null)]);
        if (early !== null) return early;
        watch.expectEnd();
        socket.end();
        return within(limitMs, 'the receiver did not end the connection', [watch.ended]);
      },
    },
  };
}

/** Resolves `ended` once: with success only for an end that was asked for and came without an error. */
function watchSocket(line: Socket, socket: TLSSocket, requireNotify: boolean) {
  const { promise: ended, resolve } = deferred<SendResult>();
  /** Bytes of the receiver on the wire when its end was asked for; null: it was not. */
  let expectedAt: number | null = null;
  let sawEnd = false;
  const fail = (fault: unknown): void => resolve(connectionFailure(fault));
  line.on('error', fail);
  socket.on('error', fail);
  socket.on('end', () => {
    sawEnd = true;
    if (expectedAt === null) resolve(failed('connection_cut', 'the receiver ended the connection'));
    // A receiver says nothing on its own, and nobody without its keys can write what is a record to us.
    else if (requireNotify && line.bytesRead === expectedAt) {
      resolve(failed('connection_cut', 'the end has no close_notify'));
    }
  });
  socket.on('close', (hadError) => {
    const orderly = expectedAt !== null && sawEnd && !hadError;
    resolve(orderly ? SENT : failed('connection_cut', 'the connection is gone'));
  });
  // Only a socket that is read notices its end.
  socket.resume();
  return {
    ended,
    expectEnd: () => {
      expectedAt = line.bytesRead;
    },
  };
}

/** Whichever of the results comes first, or a timeout. */
async function within(
  milliseconds: number,
  doing: string,
  results: readonly Promise<SendResult>[],
): Promise<SendResult> {
  const late = deferred<SendResult>();
  const timer = setTimeout(() => late.resolve(failed('timeout', doing)), milliseconds);
  try {
    return await Promise.race([...results, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
