import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSigner, type Signer } from '@nyxera/federation-key-custody';
import {
  canonicalizeCompat,
  encodeBase64,
  type JsonValue,
  requestSignatureInput,
} from '@nyxera/federation-protocol';
import type { Attempt, AttemptAnswer, History } from './history.ts';

export interface ClientSettings {
  readonly caPath: string;
  readonly certPath: string;
  readonly keyPath: string;
  readonly sha256: string;
  readonly signingKeyPath: string;
}

/** The exact bytes of one request, whatever it asks for. */
export interface SignedBody {
  readonly nonce: string;
  readonly timestamp: number;
  readonly body: Buffer;
  readonly signature: string;
}

/** Of one event, kept so that they can be sent again. */
export interface SignedRequest extends SignedBody {
  readonly eventId: string;
  readonly severity: string;
}

export const TELEMETRY_PATH = '/internal/v1/telemetry';
const ANSWER_MS = 20_000;
/** No promise about time: at a load of thirty on two cores a start alone takes a minute. */
const PATIENCE_MS = 240_000;
const RETRY_MS = 100;

export interface IdleConnections {
  count(): number;
  close(): void;
}

/** A certificate and the connections that were made with it. */
interface Way {
  readonly tls: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer };
  readonly sha256: string;
  readonly agent: Agent;
}

function openWay(settings: ClientSettings): Way {
  return {
    tls: {
      ca: readFileSync(settings.caPath),
      cert: readFileSync(settings.certPath),
      key: readFileSync(settings.keyPath),
    },
    sha256: settings.sha256,
    agent: new Agent({ keepAlive: true, maxSockets: 64 }),
  };
}

/**
 * A peer that behaves as PROTOCOL.md section 13 asks: signs every attempt afresh and tries again until it has an
 * answer that is final. It writes down every attempt before it leaves, and every answer.
 */
export class FaultClient {
  readonly sent: SignedRequest[] = [];
  /** Requests that left and have neither an answer nor an end of their connection. */
  inFlight = 0;
  /** Seconds that this client's clock is ahead of the machine's; for clocks that jump. */
  clockOffset = 0;
  readonly #settings: ClientSettings;
  readonly #history: History;
  readonly #signer: Signer;
  readonly #port: () => number;
  #way: Way;

  private constructor(settings: ClientSettings, history: History, signer: Signer, port: () => number) {
    this.#settings = settings;
    this.#history = history;
    this.#signer = signer;
    this.#port = port;
    this.#way = openWay(settings);
  }

  /**
   * From the next request on with another certificate, over connections of its own. Resolves when nothing is under way
   * any more on those of the one before, which stay open and idle: how many they are.
   */
  async useCertificate(
    pair: Pick<ClientSettings, 'certPath' | 'keyPath' | 'sha256'>,
  ): Promise<IdleConnections> {
    const before = this.#way.agent;
    this.#way = openWay({ ...this.#settings, ...pair });
    while (Object.keys(before.sockets).length > 0) await sleep(5);
    return {
      count: () =>
        Object.values(before.freeSockets).reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0),
      close: () => before.destroy(),
    };
  }

  static async open(settings: ClientSettings, history: History, port: () => number): Promise<FaultClient> {
    const signer = await openSigner(settings.signingKeyPath);
    if (!signer.ok) throw new Error(`the suite's own key does not open: ${signer.code}`);
    return new FaultClient(settings, history, signer.value, port);
  }

  async sign(eventId: string, severity = 'medium'): Promise<SignedRequest> {
    const { tenantId, operatorId } = this.#history;
    const signed = await this.signBody((timestamp, nonce) => ({
      operator_id: operatorId,
      tenant_id: tenantId,
      campaign_id: 'faults',
      execution_hash: sha256(`execution of ${eventId}`),
      timestamp,
      nonce,
      signed_metadata: { operator_id: operatorId, tenant_id: tenantId, campaign_id: 'faults' },
      payload: payloadOf(eventId, severity),
    }));
    return { eventId, severity, ...signed };
  }

  /** Any body, under a timestamp and a nonce of its own. */
  async signBody(members: (timestamp: number, nonce: string) => JsonValue): Promise<SignedBody> {
    const timestamp = Math.floor(Date.now() / 1000) + this.clockOffset;
    const nonce = randomBytes(18).toString('base64url');
    const body = Buffer.from(canonicalizeCompat(members(timestamp, nonce)), 'ascii');
    const signature = encodeBase64(await this.#signer.sign(requestSignatureInput(timestamp, nonce, body)));
    return { nonce, timestamp, body, signature };
  }

  /** One attempt with exactly these bytes, to the gateway behind the proxy or at `port`. null: no answer came. */
  async send(signed: SignedRequest, port?: number): Promise<AttemptAnswer | null> {
    const attempt = this.note(signed);
    this.#history.attempts.push(attempt);
    attempt.answer = await this.post(TELEMETRY_PATH, signed, port);
    attempt.over = true;
    return attempt.answer;
  }

  /** A request that is no event, and not in the history. null: no answer came. */
  async post(path: string, signed: SignedBody, port = this.#port()): Promise<AttemptAnswer | null> {
    this.inFlight += 1;
    const answer = await this.#exchange(path, signed, port).catch(() => null);
    this.inFlight -= 1;
    return answer;
  }

  /** Remembers these bytes as sent, and makes the attempt that the history is to hold. */
  note(signed: SignedRequest): Attempt {
    const replay = this.sent.includes(signed);
    if (!replay) this.sent.push(signed);
    const { eventId, nonce, severity, body } = signed;
    return { eventId, nonce, severity, bodySha256: sha256(body), replay, over: false, answer: null };
  }

  /**
   * Until the event is answered 2xx, or for good otherwise, which is thrown: nothing here may be refused for good.
   * Throws as well when `patienceMs` is over: then one of the two ends has not recovered by itself.
   */
  async deliver(eventId: string, severity: string, patienceMs = PATIENCE_MS): Promise<void> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const answer = await this.send(await this.sign(eventId, severity));
      if (answer !== null && answer.status >= 200 && answer.status < 300) return;
      const mayPass = answer === null || answer.status === 429 || answer.status >= 500;
      if (!mayPass && answer.code !== 'timestamp_out_of_window') {
        throw new Error(`event ${eventId} was refused for good: ${answer.status} ${answer.code ?? ''}`);
      }
      if (performance.now() > deadline) {
        const last = answer === null ? 'no answer' : `${answer.status} ${answer.code ?? ''}`;
        throw new Error(`event ${eventId} is not delivered after ${patienceMs} ms: ${last}`);
      }
      await sleep(RETRY_MS);
    }
  }

  /** What a request looks like on the wire, for those who write it themselves. */
  headersOf(signed: SignedBody): Record<string, string> {
    return {
      'Content-Type': 'application/json',
      'Content-Length': String(signed.body.length),
      'X-Service-Identity': this.#history.identity,
      'X-Client-Cert-Sha256': this.#way.sha256,
      'X-Telemetry-Timestamp': String(signed.timestamp),
      'X-Telemetry-Nonce': signed.nonce,
      'X-Telemetry-Signature': signed.signature,
    };
  }

  get tls(): { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer } {
    return this.#way.tls;
  }

  async close(): Promise<void> {
    this.#way.agent.destroy();
    await this.#signer.close();
  }

  #exchange(path: string, signed: SignedBody, port: number): Promise<AttemptAnswer> {
    const { tls, agent } = this.#way;
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port,
          servername: 'localhost',
          path,
          method: 'POST',
          headers: this.headersOf(signed),
          ...tls,
          agent,
          timeout: ANSWER_MS,
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('aborted', () => reject(new Error('the answer broke off')));
          incoming.on('end', () => resolve(readAnswer(incoming.statusCode ?? 0, Buffer.concat(chunks))));
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
      outgoing.on('error', reject);
      outgoing.end(signed.body);
    });
  }
}

export function readAnswer(status: number, bytes: Buffer): AttemptAnswer {
  const body = JSON.parse(bytes.toString('utf8')) as {
    readonly request_id?: string;
    readonly duplicate?: boolean;
    readonly errors?: readonly { readonly error_code?: string }[];
  };
  return {
    status,
    code: body.errors?.[0]?.error_code ?? null,
    requestId: body.request_id ?? null,
    duplicate: body.duplicate ?? null,
  };
}

/** The same for the same event id, always: a retry has other bytes around it and the same content. */
function payloadOf(eventId: string, severity: string) {
  return {
    event_id: eventId,
    event_type: 'EXECUTION_SUCCEEDED',
    source_system: 'faults',
    severity,
    observed_at: '2026-01-02T03:04:05Z',
    mitre_techniques: ['T1046'],
    description: `A seeded event: ${eventId}`,
    attributes: {
      attestation_measurement_hash: sha256('attestation'),
      schema_version: '1.0',
      asset_ref: '192.0.2.1',
      target_urn: 'urn:target:ip:192.0.2.1',
    },
  };
}

export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
