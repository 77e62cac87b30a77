import { request } from 'node:https';
import { accept, type Result } from '@nyxera/federation-protocol';
import type { DeliveryConfig } from './config.ts';
import { type Credentials, readCredentials } from './gateway-client/credentials.ts';
import { toFailure } from './gateway-client/failure.ts';
import { CredentialFollower, type FollowOptions } from './gateway-client/follow-credentials.ts';
import type { ClientOutcome, FetchOutcome } from './gateway-client/outcome.ts';
import { PinnedAgent } from './gateway-client/pinned-agent.ts';
import { isRedirect, readBody, toAnswer } from './gateway-client/read-answer.ts';

export type { ClientOutcome, FetchOutcome, UntrustedCode } from './gateway-client/outcome.ts';

/** Largest answer that is read, bytes: a full feedback response of 1000 adjustments fits. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** Longest handshake, milliseconds. Well under the gateway's skew, since the request is signed before it. */
export const CONNECT_TIMEOUT_MS = 10_000;

export interface PostOptions {
  /** Called once, when the request was handed to the operating system or can no longer be. */
  readonly onSent?: () => void;
}

/**
 * The way to one gateway: mutual TLS, the pin checked in the handshake, keep-alive, no redirects, bounded answers
 * in bounded time (PROTOCOL.md section 1). It adds the identity headers of section 2, since it knows the certificate
 * that it presents; it knows nothing of signatures and retries nothing, because a retry needs a fresh signature.
 */
export interface GatewayClient {
  readonly gatewayUrl: string;
  /** SHA-256 of the presented certificate's DER, lower-case hex. */
  readonly clientCertSha256: string;
  post(
    path: string,
    body: Uint8Array,
    headers: Readonly<Record<string, string>>,
    options?: PostOptions,
  ): Promise<ClientOutcome>;
  /** @param maxBytes of the answer's body; a larger one is not read. Default MAX_ANSWER_BYTES. */
  get(path: string, headers: Readonly<Record<string, string>>, maxBytes?: number): Promise<FetchOutcome>;
  close(): void;
}

export type GatewayClientConfig = Pick<
  DeliveryConfig,
  'gatewayUrl' | 'serviceIdentity' | 'tls' | 'concurrency' | 'requestTimeoutMs'
>;

export interface GatewayClientOptions {
  /** Unix milliseconds; default the machine's clock. */
  readonly now?: () => number;
  /** For runs that may outlive their certificate: how what is read at first is followed. */
  readonly follow?: Omit<FollowOptions, 'elapsed'>;
}

/** Reads certificate, key and CA. Rejections: key_permissions, key_invalid. Throws if a public file is gone. */
export async function createGatewayClient(
  config: GatewayClientConfig,
  { now = Date.now, follow }: GatewayClientOptions = {},
): Promise<Result<GatewayClient>> {
  const first = await readCredentials(config.tls);
  if (!first.ok) return first;
  let way = wayWith(first.value, config, now);
  const follower =
    follow === undefined
      ? null
      : new CredentialFollower(config.tls, { ...follow, elapsed: () => performance.now() });
  /** The certificate that the header claims must be the one of the connection, so the two change together. */
  const current = async (): Promise<Way> => {
    const next = (await follower?.look()) ?? null;
    if (next !== null && next !== way.credentials) {
      way.agent.retire();
      way = wayWith(next, config, now);
    }
    return way;
  };
  return accept({
    gatewayUrl: config.gatewayUrl,
    get clientCertSha256() {
      return way.credentials.certSha256;
    },
    post: async (path, body, headers, options) => {
      const by = await current();
      const all = { ...headers, ...by.identity, 'Content-Type': 'application/json' };
      const outcome = await attempt(
        by,
        { path, body, headers: all, maxBytes: MAX_ANSWER_BYTES },
        options?.onSent,
      );
      if (outcome.kind !== 'answer') return outcome;
      // What only a GET needs is not kept: a feedback answer would be in memory twice.
      const { bytes: _, ...answer } = outcome;
      return answer;
    },
    get: async (path, headers, maxBytes = MAX_ANSWER_BYTES) => {
      const by = await current();
      return attempt(by, { path, body: null, headers: { ...headers, ...by.identity }, maxBytes });
    },
    close: () => way.agent.destroy(),
  });
}

function wayWith(credentials: Credentials, config: GatewayClientConfig, now: () => number): Way {
  const connectTimeoutMs = Math.min(CONNECT_TIMEOUT_MS, config.requestTimeoutMs);
  return {
    credentials,
    agent: new PinnedAgent({ ...credentials, maxSockets: config.concurrency, connectTimeoutMs, now }),
    identity: {
      'X-Service-Identity': config.serviceIdentity,
      'X-Client-Cert-Sha256': credentials.certSha256,
    },
    config,
    now,
  };
}

interface Way {
  readonly credentials: Credentials;
  readonly agent: PinnedAgent;
  /** Headers of PROTOCOL.md section 2. */
  readonly identity: Readonly<Record<string, string>>;
  readonly config: GatewayClientConfig;
  /** Unix milliseconds. */
  readonly now: () => number;
}

interface Outgoing {
  readonly path: string;
  /** Null: a GET. */
  readonly body: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly maxBytes: number;
}

/** One request, one outcome; every way out ends the timer and calls onSent. */
async function attempt(way: Way, outgoing: Outgoing, onSent?: () => void): Promise<FetchOutcome> {
  const outcome = await exchange(way, outgoing, onSent);
  onSent?.();
  if (outcome.kind === 'unreachable' && outcome.staleSocket) way.agent.closeIdleSockets();
  return outcome;
}

function exchange(way: Way, outgoing: Outgoing, onSent?: () => void): Promise<FetchOutcome> {
  const { path, body, headers, maxBytes } = outgoing;
  const { agent, config, now } = way;
  return new Promise((resolve) => {
    let connected = false;
    const exchanging = request(`${config.gatewayUrl}${path}`, {
      method: body === null ? 'GET' : 'POST',
      agent,
      headers: body === null ? headers : { ...headers, 'Content-Length': String(body.byteLength) },
    });
    const finish = (outcome: FetchOutcome): void => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const fail = (error: unknown): void => finish(toFailure(error, connected, exchanging.reusedSocket));
    const timer = setTimeout(() => {
      finish({
        kind: 'unreachable',
        reason: 'timeout',
        phase: connected ? 'exchange' : 'connect',
        staleSocket: false,
      });
      exchanging.destroy();
    }, config.requestTimeoutMs);
    exchanging.on('socket', () => {
      connected = true;
    });
    exchanging.on('finish', () => onSent?.());
    exchanging.on('error', fail);
    exchanging.on('response', (response) => {
      const status = response.statusCode ?? 0;
      if (isRedirect(status)) {
        const detail = `the gateway answered ${status}; a redirect is never followed`;
        finish({ kind: 'untrusted', code: 'redirect_refused', detail });
        exchanging.destroy();
        return;
      }
      readBody(response, maxBytes).then(
        (bytes) => finish({ ...toAnswer(response, bytes, now()), bytes }),
        () => fail(Object.assign(new Error('the answer was cut off'), { code: 'answer_cut_off' })),
      );
    });
    exchanging.end(body ?? undefined);
  });
}
