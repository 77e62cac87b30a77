import { z } from 'zod';
import type { ConsoleContext } from './context.ts';
import type { Handled } from './refusal.ts';
import type { ConsoleRole } from './roles.ts';
import type { Streamed } from './streamed.ts';

/** Why somebody changes something: goes to the audit log. */
export const reasonField = z.string().trim().min(1, 'say why').max(500, 'at most 500 characters');

/** What is not JSON: sent chunk by chunk, as fast as it is read. */
export type StreamedAnswer = { readonly ok: true; readonly stream: Streamed };

/**
 * One call of the API, as the router, the checks and the OpenAPI document see it. Made by `consoleRoute`, which ties the
 * schemas to the handler.
 */
export interface ConsoleRoute {
  /** The operationId: camelCase, unique. */
  readonly id: string;
  readonly method: 'GET' | 'POST';
  /** Below `/console/api/v1`; `{name}` is one segment. */
  readonly path: string;
  readonly summary: string;
  /** Each role that may call it. */
  readonly roles: readonly ConsoleRole[];
  /** POST, with a body that has a `reason`; writes an audit entry. */
  readonly changes: boolean;
  readonly params: z.ZodObject | null;
  readonly query: z.ZodObject | null;
  readonly body: z.ZodObject | null;
  /** Of the JSON answer; null: it only streams. Members that it does not name are not sent. */
  readonly answer: z.ZodType | null;
  /** Media types besides JSON. */
  readonly streams: readonly string[];
  /** An answer that goes on until somebody leaves: does not count as a request under way once it has begun. */
  readonly live: boolean;
  handle(
    context: ConsoleContext,
    input: RouteInput<unknown, unknown, unknown>,
  ): Promise<Handled<unknown> | StreamedAnswer>;
}

export interface RouteInput<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

/** A handler may answer with what it must not change. */
export type DeepReadonly<Value> = Value extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : Value extends object
    ? { readonly [Member in keyof Value]: DeepReadonly<Value[Member]> }
    : Value;

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/**
 * Ties schemas and handler together and forgets the types outside. Schemas of query and body are strict objects: what they
 * do not know is a fault beside the field. Query values arrive as text (`z.coerce`).
 */
export function consoleRoute<
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodObject | undefined = undefined,
  Answer extends z.ZodType | undefined = undefined,
>(parts: {
  readonly id: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly summary: string;
  readonly roles: readonly ConsoleRole[];
  readonly changes?: boolean;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly answer?: Answer;
  readonly streams?: readonly string[];
  readonly live?: boolean;
  readonly handle: (
    context: ConsoleContext,
    input: RouteInput<Parsed<Params>, Parsed<Query>, Parsed<Body>>,
  ) => Promise<Handled<Answer extends z.ZodType ? DeepReadonly<z.input<Answer>> : never> | StreamedAnswer>;
}): ConsoleRoute {
  const { params, query, body, answer, changes = false } = parts;
  if (changes && (parts.method !== 'POST' || body?.shape.reason === undefined)) {
    throw new TypeError(`${parts.id}: what changes something is a POST whose body has a reason`);
  }
  return {
    id: parts.id,
    method: parts.method,
    path: parts.path,
    summary: parts.summary,
    roles: parts.roles,
    changes,
    params: params ?? null,
    query: query ?? null,
    body: body ?? null,
    answer: answer ?? null,
    streams: parts.streams ?? [],
    live: parts.live ?? false,
    handle: (context, input) =>
      parts.handle(context, input as RouteInput<Parsed<Params>, Parsed<Query>, Parsed<Body>>),
  };
}
