import type { ClientRequestArgs } from 'node:http';
import { Agent, type AgentOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { pinOf } from '@nyxera/federation-certificates';
import { isPinned } from '../config/server-pin.ts';
import type { Credentials } from './credentials.ts';
import { UntrustedServer } from './failure.ts';

export interface PinnedAgentOptions extends Credentials {
  /** Unix milliseconds, for pins with a validity. */
  readonly now: () => number;
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
  #retired = false;

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

  /** Others have come in its place: a connection ends with the answer that is under way on it, an idle one at once. */
  retire(): void {
    this.#retired = true;
    this.closeIdleSockets();
  }

  /** False: Node destroys it. (Its types say void; the documentation of `agent.keepSocketAlive` says boolean.) */
  override keepSocketAlive(socket: Duplex): boolean {
    return !this.#retired && (super.keepSocketAlive(socket) as unknown as boolean);
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
    const { serverPins, now } = this.#trust;
    if (serverPins.length === 0) return null;
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return new UntrustedServer('server_pin_mismatch', 'no server certificate');
    const pin = pinOf(certificate);
    if (isPinned(serverPins, pin, now())) return null;
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
