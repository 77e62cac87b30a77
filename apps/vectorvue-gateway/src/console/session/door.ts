import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import type { ConsoleParts } from '../console-parts.ts';
import type { Refusal } from '../refusal.ts';

/** A call before there is a session, or about the cookie itself. */
export interface DoorRoute {
  readonly id: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly summary: string;
  readonly body: z.ZodObject | null;
  readonly answer: z.ZodType;
  handle(parts: ConsoleParts, call: DoorCall): Promise<DoorAnswer>;
}

export interface DoorCall {
  readonly request: IncomingMessage;
  readonly requestId: string;
  /** Parsed by the route's schema. */
  readonly body: unknown;
  readonly queryText: string;
  readonly isTls: boolean;
  /** Name of the session's cookie on this listener. */
  readonly cookieName: string;
}

export type DoorAnswer =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** Whole values of Set-Cookie. */
      readonly cookies?: readonly string[];
      /** 303 to this path of ours instead of an answer. */
      readonly redirect?: string;
    }
  | Refusal;
