import type { IncomingHttpHeaders } from 'node:http';
import { type Agent, type RequestOptions, request } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { deferred } from '../../src/accept/deferred.ts';
import type { Federation } from './federation.ts';
import type { Prepared } from './requests.ts';

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely by tests
  readonly json: any;
}

export interface SendOptions {
  readonly method?: string;
  readonly certificate?: { readonly certPem: string; readonly keyPem: string };
  readonly agent?: Agent;
}

/** Sends what was prepared, over real mTLS, and reads the whole answer. */
export function send(
  federation: Federation,
  listen: string,
  prepared: Prepared,
  options: SendOptions = {},
): Promise<Received> {
  const { promise, resolve, reject } = deferred<Received>();
  const certificate = options.certificate ?? federation.client;
  const outgoing = request(
    {
      ...endpointOf(listen),
      path: prepared.path,
      method: options.method ?? 'POST',
      ca: federation.pki.caCertPem,
      cert: certificate.certPem,
      key: certificate.keyPem,
      agent: options.agent ?? false,
      // A flat list keeps repetitions and order.
      headers: [...prepared.headers.flat(), 'Host', listen, 'Content-Length', String(prepared.body.length)],
    } as unknown as RequestOptions,
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString('utf8');
        const status = response.statusCode ?? 0;
        resolve({ status, headers: response.headers, text, bytes, json: parse(text) });
      });
      response.on('error', reject);
    },
  );
  outgoing.on('error', reject);
  outgoing.end(prepared.body);
  return promise;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function endpointOf(listen: string): { host: string; port: number } {
  const at = listen.lastIndexOf(':');
  return { host: listen.slice(0, at), port: Number(listen.slice(at + 1)) };
}

/** A bare TLS socket to the gateway, for what no HTTP client would send. */
export async function openSocket(federation: Federation, listen: string): Promise<TLSSocket> {
  const { promise, resolve, reject } = deferred<void>();
  const socket = connect(
    {
      ...endpointOf(listen),
      ca: federation.pki.caCertPem,
      cert: federation.client.certPem,
      key: federation.client.keyPem,
    },
    () => resolve(),
  );
  socket.once('error', reject);
  await promise;
  socket.off('error', reject);
  socket.on('error', () => undefined);
  return socket;
}

/** Everything until the other side ends or resets. */
export function readToEnd(socket: TLSSocket): Promise<string> {
  const { promise, resolve } = deferred<string>();
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
  });
  socket.once('close', () => resolve(text));
  return promise;
}
