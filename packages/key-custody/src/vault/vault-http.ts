import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { SignerFault } from '../signer-fault.ts';

export interface VaultRequest {
  readonly method: 'GET' | 'POST';
  /** Below `/v1/`. */
  readonly path: string;
  readonly token: string | null;
  readonly body?: object;
  /** Milliseconds, where it is not the usual. */
  readonly timeoutMs?: number;
}

export interface VaultAnswer {
  readonly status: number;
  /** Seconds of Retry-After; null where there is none. */
  readonly retryAfterSeconds: number | null;
  /** The parsed body; null where there is none or it is no JSON. */
  readonly json: unknown;
}

export interface VaultHttp {
  /** Rejects with `vault_unreachable` or `vault_tls_failed`; every answer, of whatever status, is a value. */
  send(request: VaultRequest): Promise<VaultAnswer>;
  close(): void;
}

export interface VaultHttpOptions {
  readonly address: URL;
  readonly namespace: string | null;
  /** PEM; null: the authorities that Node knows. */
  readonly ca: string | null;
  readonly timeoutMs: number;
}

/** A batch of signatures is far below; what is larger is no answer of Vault. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const MAX_SOCKETS = 4;

/** Never follows a redirect: the token would go to whoever is named there. */
export function createVaultHttp(options: VaultHttpOptions): VaultHttp {
  const secure = options.address.protocol === 'https:';
  const common = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const agent = secure
    ? new HttpsAgent({ ...common, minVersion: 'TLSv1.2', ...(options.ca === null ? {} : { ca: options.ca }) })
    : new HttpAgent(common);
  return {
    send: (request) => send(request, options, agent, secure),
    close: () => agent.destroy(),
  };
}

async function send(
  { method, path, token, body, timeoutMs }: VaultRequest,
  options: VaultHttpOptions,
  agent: HttpAgent | HttpsAgent,
  secure: boolean,
): Promise<VaultAnswer> {
  const payload = body === undefined ? null : Buffer.from(JSON.stringify(body));
  const headers: Record<string, string | number> = { 'X-Vault-Request': 'true' };
  if (token !== null) headers['X-Vault-Token'] = token;
  if (options.namespace !== null) headers['X-Vault-Namespace'] = options.namespace;
  if (payload !== null) {
    headers['Content-Type'] = 'application/json';
    headers['Content-Length'] = payload.length;
  }
  const url = new URL(`/v1/${path}`, options.address);
  try {
    return await new Promise<VaultAnswer>((resolve, reject) => {
      const signal = AbortSignal.timeout(timeoutMs ?? options.timeoutMs);
      const outgoing = (secure ? httpsRequest : httpRequest)(url, { method, headers, agent, signal });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => readAnswer(incoming).then(resolve, reject));
      outgoing.end(payload ?? undefined);
    });
  } catch (error) {
    throw unreachable(error);
  }
}

async function readAnswer(incoming: IncomingMessage): Promise<VaultAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) {
      incoming.destroy();
      throw new SignerFault('vault_answer_invalid', 'the server answers more than Vault would');
    }
    chunks.push(chunk);
  }
  const retryAfter = incoming.headers['retry-after'];
  return {
    status: incoming.statusCode ?? 0,
    retryAfterSeconds:
      retryAfter !== undefined && /^[0-9]{1,6}$/.test(retryAfter) ? Number(retryAfter) : null,
    json: parse(Buffer.concat(chunks)),
  };
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

/** Only the error's code is told on: its message may hold the URL. */
function unreachable(error: unknown): SignerFault {
  if (error instanceof SignerFault) return error;
  const code = (error as NodeJS.ErrnoException).code;
  const text = typeof code === 'string' && /^[A-Z0-9_]{2,64}$/.test(code) ? code : 'no answer in time';
  const tls = /^(?:ERR_TLS|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO|ERR_SSL)/.test(
    text,
  );
  return tls
    ? new SignerFault(
        'vault_tls_failed',
        `the server's certificate or TLS is refused (${text}); name its CA as ca-file`,
      )
    : new SignerFault('vault_unreachable', `the server cannot be reached (${text})`);
}
