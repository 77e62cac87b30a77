import { request } from 'node:https';
import type { ConsoleAnswer } from './console-world.ts';

export interface Person {
  readonly certPem: string;
  readonly keyPem: string;
}

/** One request over TLS 1.3 on a connection of its own, with a client certificate where one is given. */
export function ask(
  at: { readonly port: number; readonly caPem: string },
  method: string,
  path: string,
  options: {
    readonly as?: Person | null;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  } = {},
): Promise<ConsoleAnswer> {
  const { as = null, headers = {}, body } = options;
  const origin = `https://localhost:${at.port}`;
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: 'localhost',
        port: at.port,
        method,
        path,
        agent: false,
        ca: at.caPem,
        minVersion: 'TLSv1.3',
        ...(as === null ? {} : { cert: as.certPem, key: as.keyPem }),
        headers: {
          ...(text === undefined
            ? {}
            : {
                'Content-Type': 'application/json',
                'Content-Length': Buffer.byteLength(text),
                Origin: origin,
              }),
          ...headers,
        },
      },
      (response) => {
        let received = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          received += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          resolve({ status, headers: response.headers, text: received, json: parse(received) });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
