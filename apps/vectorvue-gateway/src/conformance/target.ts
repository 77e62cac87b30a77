import { createHash, X509Certificate } from 'node:crypto';
import { Agent, type RequestOptions, request } from 'node:https';
import { deferred } from '../accept/deferred.ts';
import type { Answered, Prepared } from './lab.ts';

export interface TargetSettings {
  /** `https://host:port`; a path is not looked at. */
  readonly url: URL;
  readonly certPem: string;
  readonly keyPem: string;
  readonly caPem: string;
  /** Name that the server certificate must hold; default the host of the URL. */
  readonly serverName?: string;
  /** Milliseconds for one request. */
  readonly timeoutMs: number;
}

/** Any gateway, over mutual TLS as an agent would come. Nothing is retried, no redirect is followed. */
export interface Target {
  readonly clientCertSha256: string;
  /** Rejects where there was no HTTP answer. */
  send(prepared: Prepared): Promise<Answered>;
  close(): void;
}

/** Largest answer that is read, bytes. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export function openTarget(settings: TargetSettings): Target {
  const { url, certPem, keyPem, caPem, serverName, timeoutMs } = settings;
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 8,
    cert: certPem,
    key: keyPem,
    ca: caPem,
    minVersion: 'TLSv1.2',
    ...(serverName === undefined ? {} : { servername: serverName }),
  });
  return {
    clientCertSha256: createHash('sha256').update(new X509Certificate(certPem).raw).digest('hex'),
    send: (prepared) => exchange(url, agent, prepared, timeoutMs),
    close: () => agent.destroy(),
  };
}

function exchange(url: URL, agent: Agent, prepared: Prepared, timeoutMs: number): Promise<Answered> {
  const { path, method, headers, body } = prepared;
  const length: string[] = method === 'GET' ? [] : ['Content-Length', String(body.byteLength)];
  const { promise, resolve, reject } = deferred<Answered>();
  const outgoing = request(
    {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? 443 : Number(url.port),
      path,
      method,
      agent,
      // A flat list keeps repetitions, order and letter case.
      headers: ['Host', url.host, ...headers.flat(), ...length],
    } as unknown as RequestOptions,
    (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES) outgoing.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const contentType = String(response.headers['content-type'] ?? '');
        resolve({ status: response.statusCode ?? 0, contentType, text, ...readJson(text) });
      });
    },
  );
  outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error('no answer in time')));
  outgoing.on('error', reject);
  outgoing.end(method === 'GET' ? undefined : body);
  return promise;
}

function readJson(text: string): { readonly json: unknown; readonly code: string | null } {
  try {
    const json: unknown = JSON.parse(text);
    return { json, code: codeOf(json) };
  } catch {
    return { json: undefined, code: null };
  }
}

function codeOf(json: unknown): string | null {
  const { errors } = (json ?? {}) as { readonly errors?: unknown };
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const { error_code: code } = (first ?? {}) as { readonly error_code?: unknown };
  return typeof code === 'string' ? code : null;
}
