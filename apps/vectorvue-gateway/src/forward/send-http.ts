import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { deferred } from '../accept/deferred.ts';
import type { OutgoingRecord } from './entry.ts';
import { type HttpBody, toHttpBody } from './http-body.ts';
import { failed, SENT, type Sender, type SendResult } from './sender.ts';
import type { HttpSettings } from './settings.ts';
import type { WebhookSigner } from './sign-webhook.ts';
import { connectionFailure, type TlsClient } from './tls-client.ts';

export interface HttpParts {
  readonly tls: TlsClient;
  /** Whole value of the header; null: none. Secret. */
  readonly authorization: string | null;
  readonly signer: WebhookSigner | null;
  readonly hostname: string;
  /** Unix milliseconds. */
  now(): number;
}

/** Of an answer; what is longer is not read. Bytes. */
const MAX_ANSWER_BYTES = 65_536;

/**
 * One POST a batch. Delivered is what was answered with 2xx, whole; anything else, also a connection that is lost
 * after the body, is sent again. Redirects are not followed: they could lead the Authorization header anywhere.
 */
export function createHttpSender(settings: HttpSettings, parts: HttpParts): Sender {
  const url = new URL(settings.url);
  const secure = url.protocol === 'https:';
  // No resumed sessions: name and pin are looked at in every handshake.
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, maxSockets: 1, maxCachedSessions: 0, ...parts.tls })
    : new HttpAgent({ keepAlive: true, maxSockets: 1 });

  let underWay: ClientRequest | null = null;
  const post = async (records: readonly OutgoingRecord[]): Promise<SendResult> => {
    const body = toHttpBody(settings, parts.hostname, records);
    const headers = await toHeaders(parts, body);
    const { promise, resolve } = deferred<SendResult>();
    let answered = false;
    const outgoing: ClientRequest = (secure ? httpsRequest : httpRequest)(
      url,
      { method: 'POST', agent, headers },
      (response) => {
        answered = true;
        readAnswer(response, parts.now()).then(resolve, (fault: unknown) =>
          resolve(connectionFailure(fault)),
        );
      },
    );
    underWay = outgoing;
    const timer = setTimeout(() => {
      resolve(failed('timeout', 'no answer'));
      outgoing.destroy();
    }, settings.timeout_seconds * 1000);
    outgoing.on('error', (fault) => resolve(connectionFailure(fault)));
    outgoing.on('close', () => {
      if (!answered) resolve(failed('connection_cut', 'closed without an answer'));
    });
    outgoing.end(body.bytes);
    const result = await promise;
    clearTimeout(timer);
    underWay = null;
    return result;
  };

  /** A batch that is too large for the receiver is halved; a single record that is, stays where it is, and says so. */
  const send = async (records: readonly OutgoingRecord[]): Promise<SendResult> => {
    const result = await post(records);
    if (result.ok || result.detail !== 'status 413' || records.length < 2) return result;
    const half = records.length >> 1;
    const first = await send(records.slice(0, half));
    return first.ok ? send(records.slice(half)) : first;
  };

  return {
    confirms: null,
    unconfirmedBytes: () => 0,
    send,
    confirm: async () => SENT,
    reset: () => void underWay?.destroy(),
    async close() {
      agent.destroy();
      await parts.signer?.close();
    },
  };
}

async function toHeaders(parts: HttpParts, body: HttpBody): Promise<Record<string, string>> {
  const signed = await parts.signer?.headers(body.id, Math.floor(parts.now() / 1000), body.bytes);
  return {
    'content-type': body.contentType,
    'content-length': String(body.bytes.length),
    'user-agent': 'vectorvue-gateway',
    ...(parts.authorization === null ? {} : { authorization: parts.authorization }),
    ...(signed ?? { 'webhook-id': body.id }),
  };
}

/** Resolves when the whole answer is there: a 200 that breaks off may be of a proxy that lost the receiver. */
async function readAnswer(response: IncomingMessage, nowMs: number): Promise<SendResult> {
  let size = 0;
  for await (const chunk of response) {
    size += (chunk as Buffer).length;
    if (size > MAX_ANSWER_BYTES) {
      response.destroy();
      break;
    }
  }
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return SENT;
  return failed('refused', `status ${status}`, retryAfterMs(response.headers['retry-after'], nowMs));
}

/** RFC 9110 section 10.2.3: seconds, or a date. Anything else asks for nothing. */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(value)) return Number(value) * 1000;
  const date = /^[A-Z][a-z]{2}, /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
