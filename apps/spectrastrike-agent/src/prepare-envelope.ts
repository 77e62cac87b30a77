import { randomBytes } from 'node:crypto';
import type { Signer } from '@nyxera/federation-key-custody';
import {
  canonicalizeCompat,
  encodeBase64,
  formatTraceparent,
  isJsonObject,
  nextTraceparent,
  requestSignatureInput,
  type Traceparent,
} from '@nyxera/federation-protocol';
import type { ClientOutcome, GatewayClient } from './gateway-client.ts';
import type { LaneKey, SpooledEvent } from './spool/types.ts';

export const TELEMETRY_PATH = '/internal/v1/telemetry';
/** PROTOCOL.md section 5, step 2: a larger body would only be refused there. Bytes. */
export const MAX_BODY_BYTES = 1024 * 1024;
const NONCE_BYTES = 18;

/**
 * The telemetry envelope as compat canonical text (PROTOCOL.md sections 7 and 10). The payload is spliced in as the
 * text that was spooled: it is never parsed again, so no number of it can change. The members are written in the
 * order of their names, which is what makes the splice canonical.
 */
export function telemetryBody(
  event: Pick<SpooledEvent, 'payload' | 'campaignId' | 'executionHash'>,
  lane: Pick<LaneKey, 'operatorId' | 'tenantId'>,
  timestamp: number,
  nonce: string,
): string {
  const campaign = canonicalizeCompat(event.campaignId);
  const operator = canonicalizeCompat(lane.operatorId);
  const tenant = canonicalizeCompat(lane.tenantId);
  return (
    `{"campaign_id":${campaign},"execution_hash":${canonicalizeCompat(event.executionHash)}` +
    `,"nonce":${canonicalizeCompat(nonce)},"operator_id":${operator},"payload":${event.payload}` +
    `,"signed_metadata":{"campaign_id":${campaign},"operator_id":${operator},"tenant_id":${tenant}}` +
    `,"tenant_id":${tenant},"timestamp":${timestamp}}`
  );
}

export interface SignedRequestOptions {
  readonly idempotencyKey?: string;
  readonly onSent?: () => void;
  /** Where the endpoint takes more than MAX_BODY_BYTES. */
  readonly maxBodyBytes?: number;
  /** The trace that the attempt goes on with; default a new one for each attempt. */
  readonly trace?: Traceparent;
}

/** What is known of one attempt when it is over: identifiers and codes only. */
export interface AttemptFacts {
  readonly path: string;
  /** Of the traceparent that was sent: the gateway logs both beside its request id. */
  readonly traceId: string;
  readonly spanId: string;
  readonly outcome: ClientOutcome['kind'];
  /** null: no answer. */
  readonly status: number | null;
  /** A UUID of the gateway's answer; null: none. */
  readonly requestId: string | null;
}

export type SignedOutcome =
  | {
      /** Unix seconds, and the nonce, of the attempt that this outcome belongs to; both are in its body. */
      readonly timestamp: number;
      readonly nonce: string;
      readonly outcome: ClientOutcome;
    }
  /** Over the endpoint's limit: nothing was signed or sent. */
  | { readonly outcome: { readonly kind: 'too_large'; readonly bytes: number } }
  /** The key could not be used (an HSM that is away); nothing was sent. */
  | { readonly outcome: { readonly kind: 'unsigned' } };

/** Builds the canonical body (compat form, ASCII) for a timestamp in Unix seconds and a nonce; the two must be in it. */
export type BuildBody = (timestamp: number, nonce: string) => string;
export type SendSigned = (
  path: string,
  buildBody: BuildBody,
  options?: SignedRequestOptions,
) => Promise<SignedOutcome>;

export interface SendSignedDependencies {
  readonly client: GatewayClient;
  readonly signer: Signer;
  /** For runs that may outlive a rotation: the key that signs now. Default: `signer`, always. */
  readonly signerNow?: (() => Promise<Signer>) | undefined;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Cryptographic randomness; injected for tests only. */
  readonly randomBytes?: (size: number) => Uint8Array;
  /** Told of every attempt that was sent; must not throw. */
  readonly onAttempt?: (attempt: AttemptFacts) => void;
}

/**
 * Signs and sends one request: telemetry, graph or query (PROTOCOL.md sections 2 and 3). Every attempt has its own
 * timestamp, nonce and signature. The one repetition made here is for a connection that the gateway had closed while
 * it was idle; it too is signed afresh, because identical bytes would be a replay if the first had arrived after all.
 */
export function createSendSigned(dependencies: SendSignedDependencies): SendSigned {
  const { client, now } = dependencies;
  const signerNow = dependencies.signerNow ?? (() => Promise.resolve(dependencies.signer));
  const random = dependencies.randomBytes ?? randomBytes;
  const once: SendSigned = async (path, buildBody, options) => {
    const timestamp = Math.floor(now() / 1000);
    const nonce = Buffer.from(random(NONCE_BYTES)).toString('base64url');
    const body = new TextEncoder().encode(buildBody(timestamp, nonce));
    if (body.byteLength > (options?.maxBodyBytes ?? MAX_BODY_BYTES))
      return { outcome: { kind: 'too_large', bytes: body.byteLength } };
    let headers: Record<string, string>;
    try {
      const signer = await signerNow();
      const signature = await signer.sign(requestSignatureInput(timestamp, nonce, body));
      headers = {
        'X-Telemetry-Timestamp': String(timestamp),
        'X-Telemetry-Nonce': nonce,
        'X-Telemetry-Signature': encodeBase64(signature),
        'X-Telemetry-Key-Id': await signer.kid(),
      };
    } catch {
      return { outcome: { kind: 'unsigned' } };
    }
    if (options?.idempotencyKey !== undefined) headers['Idempotency-Key'] = options.idempotencyKey;
    // Unsigned, and decides nothing: it lets one attempt be found in the logs of both ends.
    const trace = nextTraceparent(random, options?.trace ?? null);
    headers.traceparent = formatTraceparent(trace);
    const sent = options?.onSent;
    const outcome = await client.post(path, body, headers, sent === undefined ? {} : { onSent: sent });
    dependencies.onAttempt?.(attemptFacts(path, trace, outcome));
    return { timestamp, nonce, outcome };
  };
  return async (path, buildBody, options) => {
    const first = await once(path, buildBody, options);
    const stale = first.outcome.kind === 'unreachable' && first.outcome.staleSocket;
    return stale ? once(path, buildBody, options) : first;
  };
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Of an attempt that is over. */
export function attemptFacts(path: string, trace: Traceparent, outcome: ClientOutcome): AttemptFacts {
  const answer = outcome.kind === 'answer' ? outcome : null;
  const body = answer?.body;
  const id = body !== undefined && body !== null && isJsonObject(body) ? body.request_id : undefined;
  return {
    path,
    traceId: trace.traceId,
    spanId: trace.parentId,
    outcome: outcome.kind,
    status: answer?.status ?? null,
    // A gateway may write what it likes there; only what has the form of an id is repeated.
    requestId: typeof id === 'string' && UUID.test(id) ? id : null,
  };
}
