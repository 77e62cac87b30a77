import type { z } from 'zod';
import type { FeedbackConfig } from '../config.ts';
import { type Refusal, refuse } from './answer.ts';
import type { TENANT_HEADER } from './api-schemas.ts';
import type { ApiContext, Exchange } from './exchange.ts';

/** The header that chooses a tenant; see `TENANT_HEADER`. */
const TENANT: typeof TENANT_HEADER = 'x-tenant-id';

/**
 * The query, by the very schema that the OpenAPI document shows. Unknown and repeated names are refused: a `?tennant=`
 * that is overlooked would send events to another tenant.
 */
export function readQuery<S extends z.ZodObject>(
  schema: S,
  query: URLSearchParams,
): { ok: true; value: z.infer<S> } | Refusal {
  const values: Record<string, string> = Object.create(null);
  for (const [name, value] of query) {
    if (Object.hasOwn(values, name)) return parameter('a parameter is there twice', name, schema);
    values[name] = value;
  }
  const parsed = schema.safeParse({ ...values });
  if (parsed.success) return { ok: true, value: parsed.data };
  const issue = parsed.error.issues[0];
  const name = String(issue?.path[0] ?? '');
  return parameter(
    issue?.code === 'unrecognized_keys' ? 'a parameter is unknown here' : 'a parameter has another form',
    name,
    schema,
  );
}

/** Only names that the schema knows are repeated to the client. */
function parameter(detail: string, name: string, schema: z.ZodObject): Refusal {
  return Object.hasOwn(schema.shape, name)
    ? refuse('parameter_invalid', { detail, path: name })
    : refuse('parameter_invalid', { detail });
}

/** The way of the tenant that query or header names; without either, the only one that is configured. */
export function readLane(
  context: ApiContext,
  exchange: Exchange,
  tenant: string | undefined,
): { ok: true; value: FeedbackConfig } | Refusal {
  const header = exchange.request.headersDistinct[TENANT];
  if (header !== undefined && header.length > 1) {
    return refuse('parameter_invalid', { detail: 'the header is there twice', path: TENANT });
  }
  const named = header?.[0];
  if (tenant !== undefined && named !== undefined && tenant.toLowerCase() !== named.toLowerCase()) {
    return refuse('parameter_invalid', { detail: 'query and header name two tenants', path: TENANT });
  }
  const lane = context.agent.laneOf(tenant ?? named);
  if (lane !== null) return { ok: true, value: lane };
  if ((tenant ?? named) !== undefined) return refuse('tenant_unknown');
  return refuse('tenant_unknown', { detail: 'This agent has several tenants: name one.' });
}

/** For what will be spooled: query, tenant, and whether the spool would take so much, before a byte of it is read. */
export function readIntake<S extends z.ZodObject<{ tenant: z.ZodType<string | undefined> }>>(
  context: ApiContext,
  exchange: Exchange,
  schema: S,
): { ok: true; query: z.infer<S>; lane: FeedbackConfig } | Refusal {
  const query = readQuery(schema, exchange.query);
  if (!query.ok) return query;
  const lane = readLane(context, exchange, query.value.tenant as string | undefined);
  if (!lane.ok) return lane;
  const announced = Number(exchange.request.headers['content-length'] ?? 0);
  const admission = context.agent.admit(announced);
  if (!admission.ok) return refuse('spool_full', { detail: admission.detail });
  return { ok: true, query: query.value, lane: lane.value };
}
