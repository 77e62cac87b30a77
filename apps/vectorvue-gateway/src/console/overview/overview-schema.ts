import { z } from 'zod';
import { WINDOW_MINUTES } from './traffic.ts';

const time = z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC' });
const perMinute = z.array(z.number().int()).meta({
  description: `One number a minute from \`from\` on, ${WINDOW_MINUTES} of them; the last minute is not over`,
});

/** What the overview shows. `live` sends the same, as JSON, in each event named overview. */
export const overviewSchema = z.object({
  at: time.meta({ description: 'When this was made' }),
  traffic: z
    .object({
      from: time.meta({ description: 'Beginning of the first minute' }),
      counted_from: time.meta({ description: 'Minutes before are still being counted' }),
      accepted: perMinute,
      duplicate: perMinute,
      refused: z.array(
        z.object({
          code: z.string(),
          entries: z.number().int(),
          per_minute: perMinute,
          written: z.enum(['each', 'samples', 'never']).meta({
            description:
              'samples: before authentication and 429 only some are written down; the metrics count all',
          }),
        }),
      ),
    })
    .meta({ description: 'From the audit log: events accepted or known already, and refusals by code' }),
  tenants: z.array(
    z.object({
      tenant_id: z.string(),
      name: z.string().nullable(),
      state: z.enum(['active', 'suspended']),
      accepted: z.number().int(),
      duplicate: z.number().int(),
      refused: z.number().int(),
    }),
  ),
  latency: z
    .object({
      since: time.nullable().meta({ description: 'null: since the processes started' }),
      endpoints: z.array(
        z.object({
          endpoint: z.string(),
          answers: z.number().int(),
          p50_ms: z.number().nullable(),
          p99_ms: z.number().nullable(),
        }),
      ),
    })
    .nullable()
    .meta({
      description:
        'Of this gateway alone, all of its processes: from the end of the headers to the answer, estimated from the histogram vectorvue_request_seconds. null: for those who see all tenants only',
    }),
  agents: z.array(
    z.object({
      identity: z.string(),
      tenant_id: z.string().nullable(),
      operator_id: z.string().nullable(),
      last_contact: time.nullable().meta({ description: 'Last request that was taken; null: never' }),
      clock_skew_seconds: z
        .number()
        .int()
        .nullable()
        .meta({ description: 'Its clock less ours at its last contact; positive: ahead' }),
      last_refusal: z.object({ code: z.string(), at: time }).nullable(),
    }),
  ),
  warnings: z.array(
    z.object({
      kind: z.string(),
      severity: z.enum(['critical', 'warning']),
      subject: z.string(),
      text: z.string(),
      advice: z.string(),
      at: time.nullable(),
    }),
  ),
});

export type Overview = z.infer<typeof overviewSchema>;
