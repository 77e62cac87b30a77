/**
 * A peer that can be made to lie: it builds, signs and sends single requests over real TLS, and lets a step
 * change any part after the signature. The agent itself cannot be asked to misbehave, so this stands in for
 * the enemy, with the very bytes an enemy would send.
 */
import { randomBytes } from 'node:crypto';
import { type Agent, request } from 'node:https';
import { connect } from 'node:tls';
import { openSigner, type Signer } from '@nyxera/federation-key-custody';
import {
  canonicalizeCompat,
  encodeBase64,
  type JsonObject,
  requestSignatureInput,
} from '@nyxera/federation-protocol';

export interface Certificate {
  readonly certPem: string;
  readonly keyPem: string;
  readonly sha256: string;
}

export interface Answer {
  readonly status: number;
  readonly code: string | null;
  readonly requestId: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface SignedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface PeerOptions {
  readonly gateway: string;
  readonly caPem: string;
  readonly identity: string;
  readonly certificate: Certificate;
  readonly signingKeyPath: string;
  /** For keep-alive; absent: a connection per request. */
  readonly agent?: Agent;
}

export class Peer {
  readonly #options: PeerOptions;
  readonly #signer: Signer;

  private constructor(options: PeerOptions, signer: Signer) {
    this.#options = options;
    this.#signer = signer;
  }

  static async open(options: PeerOptions): Promise<Peer> {
    const opened = await openSigner(options.signingKeyPath);
    if (!opened.ok) throw new Error(`the demonstration's own key does not open: ${opened.code}`);
    return new Peer(options, opened.value);
  }

  /** Signs `members` as PROTOCOL.md section 3 says, with a fresh timestamp and nonce. */
  async sign(path: string, members: JsonObject): Promise<SignedRequest> {
    const timestamp = Math.floor(Date.now() / 1000);
    const nonce = randomBytes(18).toString('base64url');
    const body = Buffer.from(canonicalizeCompat({ ...members, timestamp, nonce }), 'ascii');
    const signature = await this.#signer.sign(requestSignatureInput(timestamp, nonce, body));
    const headers = {
      'Content-Type': 'application/json',
      'X-Service-Identity': this.#options.identity,
      'X-Client-Cert-Sha256': this.#options.certificate.sha256,
      'X-Telemetry-Timestamp': String(timestamp),
      'X-Telemetry-Nonce': nonce,
      'X-Telemetry-Signature': encodeBase64(signature),
    };
    return { path, headers, body };
  }

  /** Sends exactly these bytes; another certificate than the peer's own may be presented. */
  async send(signed: SignedRequest, certificate: Certificate = this.#options.certificate): Promise<Answer> {
    const [host, port] = splitAddress(this.#options.gateway);
    return await new Promise<Answer>((resolve, reject) => {
      const outgoing = request(
        {
          host,
          port,
          servername: 'localhost',
          path: signed.path,
          method: 'POST',
          headers: { ...signed.headers, 'Content-Length': String(signed.body.length) },
          ca: this.#options.caPem,
          cert: certificate.certPem,
          key: certificate.keyPem,
          agent: this.#options.agent ?? false,
          timeout: 10_000,
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('end', () => resolve(readAnswer(incoming.statusCode ?? 0, Buffer.concat(chunks))));
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
      outgoing.on('error', reject);
      outgoing.end(signed.body);
    });
  }

  async close(): Promise<void> {
    await this.#signer.close();
  }
}

function readAnswer(status: number, bytes: Buffer): Answer {
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
  } catch {
    // an answer without JSON has no code: the status alone is shown
  }
  const errors = body.errors as readonly { error_code?: string }[] | undefined;
  return {
    status,
    code: errors?.[0]?.error_code ?? null,
    requestId: typeof body.request_id === 'string' ? body.request_id : null,
    body,
  };
}

export function splitAddress(address: string): [string, number] {
  const colon = address.lastIndexOf(':');
  return [address.slice(0, colon), Number(address.slice(colon + 1))];
}

export interface HandshakeOffer {
  readonly gateway: string;
  readonly caPem: string;
  readonly certificate: Certificate | null;
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3';
}

/**
 * Offers a handshake, sends one request line if it seems to succeed, and returns how it ended. In TLS 1.3 a
 * client learns only with the first read that its certificate was refused, so a read is part of the offer.
 */
export async function offerHandshake(offer: HandshakeOffer): Promise<{ refused: boolean; how: string }> {
  const [host, port] = splitAddress(offer.gateway);
  return await new Promise((resolve) => {
    const identity =
      offer.certificate === null ? {} : { cert: offer.certificate.certPem, key: offer.certificate.keyPem };
    const socket = connect({
      host,
      port,
      servername: 'localhost',
      ca: offer.caPem,
      maxVersion: offer.maxVersion,
      ...identity,
    });
    const end = (refused: boolean, how: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ refused, how });
    };
    const timer = setTimeout(() => end(false, 'no decision in time'), 10_000);
    socket.on('secureConnect', () => socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'));
    socket.on('data', (data: Buffer) => end(false, data.toString('latin1').split('\r\n')[0] ?? ''));
    socket.on('error', (error: NodeJS.ErrnoException) => end(true, error.code ?? error.message));
    socket.on('close', () => end(true, 'connection closed without an answer'));
  });
}
