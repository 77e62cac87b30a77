import type { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { pinOf } from '@nyxera/federation-certificates';
import type { IssuedCertificate, Pki } from '@nyxera/federation-testing';

export interface SeenRequest {
  readonly index: number;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Of the payload, '' when there is none. */
  readonly eventId: string;
  readonly nonce: string;
  readonly socket: number;
  /** Of the certificate that the socket presented, lower-case hex. */
  readonly peerSha256: string;
}

export type ScriptedAnswer =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** An object is sent as JSON. */
      readonly body?: unknown;
    }
  /** Destroys the socket after the request arrived. */
  | 'reset'
  /** Never answers. */
  | 'hang'
  /** Headers and half of the body, then the socket is destroyed. */
  | 'cut';

export type Script = (request: SeenRequest) => ScriptedAnswer;

export interface ScriptedGateway {
  readonly url: string;
  readonly port: number;
  readonly requests: SeenRequest[];
  readonly certificate: IssuedCertificate;
  /** TCP connections. */
  connections: number;
  /** Application bytes that arrived over TLS, whether or not they made a request. */
  applicationBytes: number;
  script: Script;
  close(): Promise<void>;
}

export const ACCEPTED = {
  status: 202,
  body: { accepted: true, status: 'accepted', duplicate: false },
} as const;
export const accepted: Script = (request) => ({
  status: 202,
  body: { accepted: true, request_id: `request-${request.index}`, status: 'accepted', duplicate: false },
});

export function problem(status: number, code: string): ScriptedAnswer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: { type: `urn:nyxera:federation:error:${code}`, errors: [{ error_code: code, error_message: 'x' }] },
  };
}

export interface ScriptedOptions {
  readonly script?: Script;
  readonly port?: number;
  readonly certificate?: IssuedCertificate;
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly keepAliveTimeoutMs?: number;
}

let issued = 0;

/** A real TLS server with required client certificates that answers what the test's script says. */
export async function startScriptedGateway(
  pki: Pki,
  options: ScriptedOptions = {},
): Promise<ScriptedGateway> {
  issued += 1;
  const certificate =
    options.certificate ?? (await pki.issue({ name: `server-${process.pid}-${issued}`, server: true }));
  const sockets = new Map<Socket, number>();
  let counter = 0;
  const server = createServer({
    cert: certificate.certPem,
    key: certificate.keyPem,
    ca: pki.caCertPem,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    maxVersion: options.maxVersion ?? 'TLSv1.3',
  });
  server.keepAliveTimeout = options.keepAliveTimeoutMs ?? 60_000;
  // Node announces the timeout less a buffer, and its clients honour it: neither may hide a stale socket here.
  server.keepAliveTimeoutBuffer = 0;
  const gateway: ScriptedGateway = {
    url: '',
    port: 0,
    requests: [],
    certificate,
    connections: 0,
    applicationBytes: 0,
    script: options.script ?? accepted,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets.keys()) socket.destroy();
      }),
  };
  server.on('connection', () => {
    gateway.connections += 1;
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    counter += 1;
    sockets.set(socket, counter);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.prependListener('data', (chunk: Buffer) => {
      gateway.applicationBytes += chunk.length;
    });
  });
  server.on('tlsClientError', () => undefined);
  server.on('request', (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const parsed = JSON.parse(body.toString('utf8') || '{}') as {
        nonce?: string;
        payload?: { event_id?: string };
      };
      const seen: SeenRequest = {
        index: gateway.requests.length,
        path: request.url ?? '',
        headers: request.headers,
        body,
        eventId: parsed.payload?.event_id ?? '',
        nonce: parsed.nonce ?? '',
        socket: sockets.get(request.socket) ?? 0,
        peerSha256: pinOf((request.socket as TLSSocket).getPeerX509Certificate() as X509Certificate),
      };
      gateway.requests.push(seen);
      const answer = gateway.script(seen);
      if (answer === 'hang') return;
      if (answer === 'reset') {
        request.socket.destroy();
        return;
      }
      if (answer === 'cut') {
        response.writeHead(202, { 'content-length': '100' });
        response.write('{"accepted":', () => request.socket.destroy());
        return;
      }
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      response.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(gateway, { port, url: `https://127.0.0.1:${port}` });
}
