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
  /** null: it only redirects. */
  readonly answer: z.ZodType | null;
  /** Browsers come to it from another site: the way back from an identity provider. */
  readonly fromElsewhere?: boolean;
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
  /** SHA-256 of the client certificate of this connection, verified by the CA of the console and not run out; null: none. */
  readonly certificateSha256: string | null;
}

export type DoorAnswer =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** Whole values of Set-Cookie. */
      readonly cookies?: readonly string[];
    }
  | { readonly ok: true; readonly redirect: string; readonly cookies?: readonly string[] }
  | Refusal;
