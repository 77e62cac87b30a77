import { type Ed25519PublicKey, encodeBase64, requestSignatureInput } from '@nyxera/federation-protocol';
import type { Target } from './target.ts';

export const PATHS = {
  telemetry: '/internal/v1/telemetry',
  batch: '/internal/v1/telemetry/batch',
  graph: '/internal/v1/cognitive/execution-graph',
  query: '/internal/v1/cognitive/feedback/adjustments/query',
  bundle: '/internal/v1/federation/verify',
} as const;

/** What every event of a run says it is: nobody mistakes it for telemetry. */
export const CAMPAIGN_PREFIX = 'nyxera-conformance-';

/** Signs with a test key; asynchronous, because the key may be in custody. */
export type Sign = (message: Uint8Array) => Promise<Uint8Array>;

/** A request as it goes on the wire. Header order is kept, a name may be repeated. */
export interface Prepared {
  readonly path: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

export interface Answered {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** undefined: no JSON. */
  readonly json: unknown;
  /** The protocol's code; null: none, or a body that names none. */
  readonly code: string | null;
}

/** Whom the target knows, and what it was told of the other side. */
export interface TestIdentity {
  readonly identity: string;
  readonly operatorId: string;
  readonly tenantId: string;
  readonly schemaVersion: string;
  readonly telemetry: Sign;
  /** null: bundles are not tried. */
  readonly evidence: Sign | null;
  /** A key of this identity that may not vouch for the tenant; null: not tried. */
  readonly narrow: Sign | null;
  /** An operator that is mapped, with its tenant, and for which the identity may not speak; null: not tried. */
  readonly forbidden: { readonly operatorId: string; readonly tenantId: string } | null;
  /** kid to key; empty: answers to queries are not verified. */
  readonly feedbackKeys: ReadonlyMap<string, Ed25519PublicKey>;
}

export interface Lab {
  readonly who: TestIdentity;
  readonly runId: string;
  /** Judge by the status alone: for peers whose errors are no problem documents of this protocol. */
  readonly statusOnly: boolean;
  now(): number;
  nonce(): string;
  /** 64 hex digits that nobody has used. */
  hash(): string;
  eventId(): string;
  random(size: number): Uint8Array;
  send(prepared: Prepared): Promise<Answered>;
  identityHeaders(): readonly (readonly [string, string])[];
  /** Signs the body; timestamp and nonce go into the headers, whatever the body says. */
  sign(path: string, body: Uint8Array | string, options?: SignOptions): Promise<Prepared>;
}

export interface SignOptions {
  /** Unix seconds. */
  readonly timestamp?: number;
  readonly nonce?: string;
  readonly key?: Sign;
}

export interface LabParts {
  readonly target: Target;
  readonly who: TestIdentity;
  readonly statusOnly: boolean;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
}

export function createLab({ target, who, statusOnly, nowMs, randomBytes }: LabParts): Lab {
  const hex = (size: number): string => Buffer.from(randomBytes(size)).toString('hex');
  const runId = hex(6);
  let events = 0;
  const lab: Lab = {
    who,
    runId,
    statusOnly,
    now: () => Math.floor(nowMs() / 1000),
    nonce: () => Buffer.from(randomBytes(18)).toString('base64url'),
    hash: () => hex(32),
    eventId: () => {
      events += 1;
      return `${CAMPAIGN_PREFIX}${runId}-${events}`;
    },
    random: randomBytes,
    send: (prepared) => target.send(prepared),
    identityHeaders: () => [
      ['Content-Type', 'application/json'],
      ['X-Service-Identity', who.identity],
      ['X-Client-Cert-Sha256', target.clientCertSha256],
    ],
    sign: async (path, text, options = {}) => {
      const body = typeof text === 'string' ? new TextEncoder().encode(text) : text;
      const timestamp = options.timestamp ?? lab.now();
      const nonce = options.nonce ?? lab.nonce();
      const signature = await (options.key ?? who.telemetry)(requestSignatureInput(timestamp, nonce, body));
      return {
        path,
        method: 'POST',
        headers: [
          ...lab.identityHeaders(),
          ['X-Telemetry-Timestamp', String(timestamp)],
          ['X-Telemetry-Nonce', nonce],
          ['X-Telemetry-Signature', encodeBase64(signature)],
        ],
        body,
      };
    },
  };
  return lab;
}
