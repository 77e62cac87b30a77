import type { JsonValue } from '@nyxera/federation-protocol';

/** Codes under which a gateway is marked; `tls_verification_failed` is the agent's own word for a broken chain. */
export type UntrustedCode =
  | 'server_pin_mismatch'
  | 'redirect_refused'
  | 'insecure_transport'
  | 'tls_verification_failed';

/** What one attempt came to. Exactly one of these; nothing is thrown for anything that a network can do. */
export type ClientOutcome =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** The gateway's error code where its body has one, in whichever of the known places. */
      readonly code: string | null;
      /** From Retry-After, in seconds or as a date; null without one. */
      readonly retryAfterMs: number | null;
      /** Null when the body is absent, too large, or no strict JSON. */
      readonly body: JsonValue | null;
      /** The Date header as it came, for hints about the clock. */
      readonly dateHeader: string | null;
    }
  | {
      readonly kind: 'unreachable';
      /** A short cause such as ECONNREFUSED or timeout; never text of the peer's. */
      readonly reason: string;
      /** connect: no request byte was sent. exchange: it may have arrived, and may have been accepted. */
      readonly phase: 'connect' | 'exchange';
      /** The peer had closed an idle connection just as it was used again: says nothing about the gateway. */
      readonly staleSocket: boolean;
    }
  | { readonly kind: 'untrusted'; readonly code: UntrustedCode; readonly detail: string };

/** What a GET came to: of an answer also the bytes, since tiles and checkpoints are no JSON. */
export type FetchOutcome =
  | (AnswerOutcome & {
      /** Null when the body is larger than was asked for. */
      readonly bytes: Uint8Array | null;
    })
  | FailedOutcome;

export type AnswerOutcome = Extract<ClientOutcome, { kind: 'answer' }>;
export type FailedOutcome = Exclude<ClientOutcome, AnswerOutcome>;
