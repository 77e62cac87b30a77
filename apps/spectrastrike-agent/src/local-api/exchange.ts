import type { IncomingMessage } from 'node:http';
import type { DaemonContext } from '../daemon/service.ts';
import type { Turns } from '../incoming/turns.ts';
import type { Answer, Refusal } from './answer.ts';
import type { ApiMetrics } from './api-metrics.ts';
import type { GatherEvents } from './gather-events.ts';
import type { BodyBudget } from './incoming-body.ts';
import type { ApiLimits } from './limits.ts';

/** What the handlers of one agent share. */
export interface ApiContext {
  readonly agent: DaemonContext;
  readonly limits: ApiLimits;
  readonly budget: BodyBudget;
  /** Bodies of events that are built at once: as objects they take many times their bytes. */
  readonly eventTurns: Turns;
  /** Single events on their way into the spool. */
  readonly gathered: GatherEvents;
  /** Reports that are read at once, from wherever. */
  readonly reportTurns: Turns;
  readonly metrics: ApiMetrics;
  /** Monotonic, milliseconds. */
  readonly elapsed: () => number;
  /** A UUID. */
  readonly requestId: () => string;
  /** One event loop turn for others, between pieces of a long work. */
  readonly breathe: () => Promise<void>;
}

/** One request; its query as written, every name once. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly query: URLSearchParams;
  /** Below the path of the operation, split at slashes; only the OPA path has some. */
  readonly below: readonly string[];
}

/** `null`: the client has gone, and nobody is left to answer. */
export type Handler = (context: ApiContext, exchange: Exchange) => Promise<Answer | Refusal | null>;
