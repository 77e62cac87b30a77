/**
 * Stands where the agent looks for its gateway and hands its requests on, over mutual TLS on both sides: with the keys of
 * both ends, because no real gateway answers 503 to half of what it gets.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Certificate } from '../demo/peer.ts';

export interface FailingFront {
  readonly port: number;
  /** From now on half of the answers are 503: of those, every second request reached the gateway all the same. */
  setFailing(failing: boolean): void;
  /** 503 without the gateway knowing, 503 although it had answered, what it answered. */
  readonly counts: { refused: number; swallowed: number; handedOn: number };
  close(): Promise<void>;
}

/** `to` is asked for each request: the gateway may be another process by then. */
export async function startFailingFront(options: {
  readonly server: Certificate;
  readonly client: Certificate;
  readonly caPem: string;
  readonly to: () => number;
}): Promise<FailingFront> {
  const ca = options.caPem;
  const files = ({ certPem, keyPem }: Certificate) => ({ cert: certPem, key: keyPem, ca });
  const upstream = new Agent({ ...files(options.client), keepAlive: true, servername: 'localhost' });
  const counts = { refused: 0, swallowed: 0, handedOn: 0 };
  let failing = false;
  let turn = 0;

  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    // In turn and not by chance, so that no run is without one of the three.
    turn += 1;
    const fate = failing ? (['handedOn', 'refused', 'handedOn', 'swallowed'] as const)[turn % 4] : 'handedOn';
    if (fate === 'refused') {
      counts.refused += 1;
      unavailable(outgoing);
      return;
    }
    const answered = await handOn(upstream, options.to(), incoming, body);
    if (fate === 'swallowed') {
      counts.swallowed += 1;
      unavailable(outgoing);
      return;
    }
    counts.handedOn += 1;
    outgoing.writeHead(answered.status, answered.headers);
    outgoing.end(answered.body);
  };
  const server = createServer(
    { ...files(options.server), requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' },
    (incoming, outgoing) => {
      // A gateway that is away is a connection that breaks.
      answer(incoming, outgoing).catch(() => incoming.socket.destroy());
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    setFailing: (next) => {
      failing = next;
    },
    counts,
    close: async () => {
      upstream.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function unavailable(outgoing: ServerResponse): void {
  outgoing.writeHead(503, { 'content-type': 'application/problem+json' });
  outgoing.end('{"type":"about:blank","status":503}');
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

function handOn(agent: Agent, port: number, incoming: IncomingMessage, body: Buffer): Promise<Answered> {
  const { method, url: path, headers } = incoming;
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
      buffer(response).then(
        (answer) => resolve({ status: response.statusCode ?? 502, headers: response.headers, body: answer }),
        reject,
      );
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
