import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { pinOf } from '@nyxera/federation-certificates';
import { isPinned } from '../../config/server-pin.ts';
import type { FeedbackConfig } from '../../config.ts';
import { readCredentials } from '../../gateway-client/credentials.ts';
import { toFailure } from '../../gateway-client/failure.ts';

/** What one connection showed. */
export interface GatewayProbe {
  readonly kind: 'answered';
  readonly protocol: string;
  /** DER of the server's certificate. */
  readonly certificate: Uint8Array;
  /** null: chain and name were verified. */
  readonly authorizationError: string | null;
  /** null: no answer to the request. */
  readonly status: number | null;
  readonly answerError: string | null;
  /** Our clock minus the gateway's, seconds; null without a Date header. */
  readonly skewSeconds: number | null;
}

export type ProbeOutcome = GatewayProbe | { readonly kind: 'unreachable'; readonly reason: string };

const PROBE_TIMEOUT_MS = 10_000;
const HEAD_LIMIT = 16 * 1024;

/**
 * Connects as delivery does, but looks at a certificate that delivery would hang up on, to say what is wrong
 * with it. Sends one GET for a path that no gateway has, without identity, signature or any event, and only
 * to a server whose chain, name and pin were verified: to any other not one byte (PROTOCOL.md section 13).
 */
export async function probeGateway(config: FeedbackConfig): Promise<ProbeOutcome> {
  const url = new URL(config.gatewayUrl);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const credentials = await readCredentials(config.tls);
  if (!credentials.ok) return { kind: 'unreachable', reason: credentials.code };
  const { cert, key, ca, minVersion } = credentials.value;
  const socket = connect({
    host,
    port: url.port === '' ? 443 : Number(url.port),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    cert,
    key,
    ...(ca === null ? {} : { ca }),
    minVersion,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: false,
  });
  try {
    return await converse(socket, url, config.tls.serverPins);
  } finally {
    socket.destroy();
  }
}

function converse(socket: TLSSocket, url: URL, pins: readonly string[]): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    let seen: Omit<GatewayProbe, 'status' | 'answerError' | 'skewSeconds'> | null = null;
    let head = '';
    const timer = setTimeout(() => finish('timeout'), PROBE_TIMEOUT_MS);
    const finish = (error: string | null): void => {
      clearTimeout(timer);
      if (seen === null) resolve({ kind: 'unreachable', reason: error ?? 'closed' });
      else resolve({ ...seen, ...readHead(head, error) });
    };
    socket.on('error', (error: NodeJS.ErrnoException) => finish(reasonOf(error)));
    socket.on('close', () => finish('closed'));
    socket.on('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      if (certificate === undefined) return finish('no certificate');
      seen = {
        kind: 'answered',
        protocol: socket.getProtocol() ?? 'unknown',
        certificate: certificate.raw,
        authorizationError: socket.authorized ? null : String(socket.authorizationError),
      };
      if (!socket.authorized || !mayBeAsked(certificate, pins)) return finish('not asked');
      socket.write(`GET /doctor HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\n\r\n`);
      return undefined;
    });
    socket.on('data', (chunk: Buffer) => {
      head += chunk.toString('latin1');
      if (head.includes('\r\n\r\n') || head.length > HEAD_LIMIT) finish(null);
    });
  });
}

/** A TLS version that is not allowed is no gateway that is away: it is named as delivery names it. */
function reasonOf(error: NodeJS.ErrnoException): string {
  const failure = toFailure(error, false, false);
  return failure.kind === 'untrusted' ? `${failure.code}: ${failure.detail}` : (error.code ?? 'failed');
}

/** No pins mean that the certificate is not pinned. */
function mayBeAsked(certificate: X509Certificate, pins: readonly string[]): boolean {
  return pins.length === 0 || isPinned(pins, pinOf(certificate), Date.now());
}

function readHead(
  head: string,
  error: string | null,
): Pick<GatewayProbe, 'status' | 'answerError' | 'skewSeconds'> {
  const status = /^HTTP\/1\.[01] ([1-5][0-9]{2})/.exec(head)?.[1];
  const date = Date.parse(/\r\ndate: ([^\r\n]{1,64})\r\n/i.exec(head)?.[1] ?? '');
  return {
    status: status === undefined ? null : Number(status),
    answerError: status === undefined ? (error ?? 'no HTTP answer') : null,
    // A Date header has whole seconds, rounded down: half a second is its expectation.
    skewSeconds: Number.isNaN(date) ? null : (Date.now() - date) / 1000 - 0.5,
  };
}
