import { createHash } from 'node:crypto';
import type { ClientRequestArgs } from 'node:http';
import { Agent, type AgentOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { UntrustedServer } from './failure.ts';

export interface PinnedAgentOptions {
  readonly cert: string;
  readonly key: Buffer;
  /** Null: the authorities that Node ships. */
  readonly ca: string | null;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** SHA-256 of the DER certificate, lower-case hex; any will do; empty: chain and name alone. */
  readonly serverPins: readonly string[];
  readonly maxSockets: number;
  /** From the first packet to the end of the handshake, milliseconds. */
  readonly connectTimeoutMs: number;
}

type OnCreate = (error: Error | null, stream: Duplex) => void;

/**
 * An agent which hands a socket over only after chain, name and pin were checked. Node's own would give it to
 * the request at once and buffer what is written, and whether that leaves before the check depends on the order
 * of callbacks inside its TLS layer. Here a wrong server sees a handshake and not one byte of a request
 * (PROTOCOL.md section 1; attack: a certificate of the right CA in the wrong hands).
 */
export class PinnedAgent extends Agent {
  readonly #trust: PinnedAgentOptions;

  constructor(trust: PinnedAgentOptions) {
    const options: AgentOptions = {
      keepAlive: true,
      maxSockets: trust.maxSockets,
      maxFreeSockets: trust.maxSockets,
      // A resumed session skips the certificate, and so the pin: every connection makes a full handshake.
      maxCachedSessions: 0,
    };
    super(options);
    this.#trust = trust;
  }

  override createConnection(target: ClientRequestArgs, onCreate?: OnCreate): Duplex | null | undefined {
    const { cert, key, ca, minVersion, connectTimeoutMs } = this.#trust;
    const host = target.host ?? 'localhost';
    const tls: ConnectionOptions = {
      host,
      port: Number(target.port),
      ...(isAddress(host) ? {} : { servername: host }),
      cert,
      key,
      ...(ca === null ? {} : { ca }),
      minVersion,
      maxVersion: 'TLSv1.3',
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
    };
    const socket = connect(tls);
    const finish = (error: Error | null): void => {
      clearTimeout(timer);
      socket.off('error', finish);
      socket.off('close', onClose);
      if (error !== null) socket.destroy();
      onCreate?.(error, socket);
    };
    const onClose = (): void => finish(closedEarly());
    const timer = setTimeout(() => finish(timedOut()), connectTimeoutMs);
    socket.on('error', finish);
    socket.on('close', onClose);
    socket.once('secureConnect', () => finish(this.#judge(socket)));
    return undefined;
  }

  /** Closes idle connections only: after one of them was found dead, the others are probably dead too. */
  closeIdleSockets(): void {
    for (const sockets of Object.values(this.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }

  #judge(socket: TLSSocket): Error | null {
    // secureConnect comes only after chain and name were verified; asked again, because all rests on it.
    if (!socket.authorized) return new UntrustedServer('tls_verification_failed', 'the chain is not trusted');
    const { serverPins } = this.#trust;
    if (serverPins.length === 0) return null;
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return new UntrustedServer('server_pin_mismatch', 'no server certificate');
    const pin = createHash('sha256').update(certificate.raw).digest('hex');
    if (serverPins.includes(pin)) return null;
    return new UntrustedServer(
      'server_pin_mismatch',
      `the server's certificate is ${pin}, which is not pinned`,
    );
  }
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^[0-9.]+$/.test(host);
}

function closedEarly(): Error {
  return Object.assign(new Error('closed during the handshake'), { code: 'ECONNRESET' });
}

function timedOut(): Error {
  return Object.assign(new Error('no handshake in time'), { code: 'connect_timeout' });
}
