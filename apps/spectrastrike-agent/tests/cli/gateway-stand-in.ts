import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  canonicalizeCompat,
  type JsonObject,
  type JsonValue,
  parseStrictJson,
} from '@nyxera/federation-protocol';
import type { IssuedCertificate, Pki } from '@nyxera/federation-testing';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: JsonObject;
}

/** What a handler answers; a string or bytes are sent as they are, anything else in compat form. */
export interface Answer {
  readonly status: number;
  readonly body: JsonValue | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (request: Received) => Answer | Promise<Answer>;

/** A gateway over real mutual TLS that answers what a test tells it to, honest or not. */
export interface StandIn {
  readonly url: string;
  /** But for questions whether it takes batches or exchanges keys, which it answers with 404 as deployed peers do. */
  readonly received: Received[];
  readonly certificate: IssuedCertificate;
  /** One per path; a path without one is 404. */
  readonly handlers: Map<string, Handler>;
  close(): Promise<void>;
}

export const TELEMETRY = '/internal/v1/telemetry';
export const BATCH = '/internal/v1/telemetry/batch';
export const KEYS = '/internal/v1/federation/keys';
/** What agents ask by themselves, and deployed gateways do not know. */
const EXTENSIONS: ReadonlySet<string> = new Set([BATCH, KEYS]);
export const GRAPH = '/internal/v1/cognitive/execution-graph';
export const QUERY = '/internal/v1/cognitive/feedback/adjustments/query';
/** The handler of paths without one of their own. */
export const ANY_PATH = '*';
export const BUNDLE = '/internal/v1/federation/verify';

export async function startStandIn(pki: Pki, name: string, port = 0): Promise<StandIn> {
  const certificate = await pki.issue({ name, server: true, dns: ['localhost'] });
  const received: Received[] = [];
  const handlers = new Map<string, Handler>([
    [TELEMETRY, () => ({ status: 202, body: accepted() })],
    [GRAPH, () => ({ status: 202, body: { request_id: 'request-graph', status: 'accepted' } })],
  ]);
  const server = createServer(
    {
      cert: readFileSync(certificate.certPath),
      key: readFileSync(certificate.keyPath),
      ca: readFileSync(pki.caCertPath),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
    },
    (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', async () => {
        const parsed = parseStrictJson(new Uint8Array(Buffer.concat(chunks)));
        const body = (parsed.ok ? parsed.value : {}) as JsonObject;
        const { method = '', url: path = '', headers } = incoming;
        const request = { method, path, headers, body };
        if (!EXTENSIONS.has(path) || handlers.has(path)) received.push(request);
        const handler = handlers.get(request.path) ?? handlers.get(ANY_PATH);
        const answer: Answer = (await handler?.(request)) ?? {
          status: 404,
          body: {},
        };
        outgoing.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
        const asIs = typeof answer.body === 'string' || answer.body instanceof Uint8Array;
        outgoing.end(asIs ? answer.body : canonicalizeCompat(answer.body));
      });
    },
  );
  await listen(server, port);
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    received,
    certificate,
    handlers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function accepted(more: JsonObject = {}): JsonObject {
  return { accepted: true, duplicate: false, request_id: 'request-1', status: 'accepted', ...more };
}

export function problem(status: number, code: string): Answer {
  return {
    status,
    body: {
      errors: [{ error_code: code, error_message: 'refused' }],
      request_id: 'request-refused',
      status,
      type: `urn:nyxera:federation:error:${code}`,
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}
