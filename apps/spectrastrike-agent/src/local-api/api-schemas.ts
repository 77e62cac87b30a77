import { telemetryPayloadSchema } from '@nyxera/federation-protocol';
import { z } from 'zod';
import { MAPPING_NAME } from '../config.ts';
import { REPORT_FORMATS } from '../intake/index.ts';
import { API_CODES, type ApiCode } from './api-codes.ts';

/**
 * What the local API takes and answers. The same schemas validate requests and make the OpenAPI document; what an
 * event must be comes from the protocol package, whose schema the intake applies.
 */
export const JSON_TYPE = 'application/json';
export const LINES_TYPE = 'application/x-ndjson';
export const TENANT_HEADER = 'x-tenant-id';

/** Any UUID version, any case (PROTOCOL.md section 7). */
export const TENANT_ID: RegExp = /^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/;

const tenant = z.string().regex(TENANT_ID).meta({
  description: 'Whose events or feedback it is about; absent: the only tenant that is configured',
});

/** Code points, as PROTOCOL.md section 7 counts; U+0000 is refused because no database column holds it. */
function text(max: number, description: string) {
  return z
    .string()
    .refine((value) => value !== '' && [...value].length <= max && !value.includes('\u0000'))
    .meta({ minLength: 1, maxLength: max, pattern: '^[^\\u0000]*$', description });
}

const campaign = text(128, 'The campaign of the events; absent: default');
const target = text(512, 'The target, as the gateway names it');

export const noQuery = z.strictObject({});
export const eventsQuery = z.strictObject({
  tenant: tenant.exactOptional(),
  campaign: campaign.exactOptional(),
});
export const reportsQuery = z.strictObject({
  name: text(255, 'The name of the report, for messages; it never decides what an event becomes'),
  tenant: tenant.exactOptional(),
  campaign: campaign.exactOptional(),
  format: z
    .enum(REPORT_FORMATS)
    .meta({
      description:
        'Refuse the report if it is of another format; absent: what its content says. `jsonl` is any JSON lines, read by a mapping',
    })
    .exactOptional(),
  mapping: z
    .string()
    .regex(MAPPING_NAME)
    .meta({ description: 'The name of a configured mapping, with the format `jsonl` and only with it' })
    .exactOptional(),
});
export const contextQuery = z.strictObject({ target, tenant: tenant.exactOptional() });

export const tenantHeader = z.object({ [TENANT_HEADER]: tenant.optional() });

/** What a client sends: the attributes without those that only the agent can know. */
export const eventBody = telemetryPayloadSchema.partial({ attributes: true }).meta({
  id: 'Event',
  description:
    'A canonical event: `payload` of PROTOCOL.md section 7. What the agent adds itself (measurements, fingerprint, intent) may be absent.',
  override: ({ jsonSchema }) => {
    const attributes = jsonSchema.properties?.attributes;
    if (typeof attributes === 'object') delete (attributes as { required?: unknown }).required;
  },
});

export const eventLines = z
  .string()
  .meta({ description: 'JSON lines: one event a line, blank lines are skipped' });
export const reportBytes = z.string().meta({ description: 'The bytes of the report', format: 'binary' });
export const metricsText = z.string();

export const evaluateBody = z
  .strictObject({
    tenant_id: tenant.exactOptional(),
    target_urn: target,
    base: z.boolean().meta({ description: 'Your own decision; a false one stays false' }),
  })
  .meta({ id: 'PolicyQuestion' });

/** Lenient beside its three members: a policy hands on the whole of its own input. */
export const opaInput = z.looseObject({
  tenant_id: tenant.exactOptional(),
  target_urn: target,
  base: z.boolean().default(true).meta({ description: 'Your own decision; a false one stays false' }),
});
export const opaBody = z.looseObject({ input: opaInput.exactOptional() }).meta({ id: 'OpaQuestion' });

const count = z.int().min(0);
const counts = { accepted: count, known: count, refused: count };
const errorCode = z.enum(Object.keys(API_CODES) as [ApiCode, ...ApiCode[]]);

export const eventsAnswer = z
  .object({
    request_id: z.string(),
    ...counts,
    events: z.array(
      z.object({
        line: z.int().min(1).optional().meta({ description: 'Of JSON lines only, from 1' }),
        event_id: z.string().nullable(),
        status: z.enum(['accepted', 'known', 'refused']),
        error_code: errorCode.optional(),
        error_message: z.string().optional(),
        path: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'EventsTaken', description: 'Answered after the fsync; what is refused was not taken' });

export const reportAnswer = z
  .object({
    request_id: z.string(),
    format: z.string(),
    report_sha256: z.string().regex(/^[0-9a-f]{64}$/),
    ...counts,
    skipped: z.record(z.string(), count).meta({ description: 'Records that are no findings, by reason' }),
    events: z.array(z.string()).meta({ description: 'Ids, the first 10,000' }),
    redactions: z.record(z.string(), count),
    errors: z.array(
      z.object({
        error_code: errorCode,
        error_message: z.string(),
        fault: z.string().meta({ description: 'What is wrong, by the name that intake has for it' }),
        path: z.string(),
      }),
    ),
  })
  .meta({ id: 'ReportTaken', description: 'Answered after the fsync of its last event' });

export const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    request_id: z.string(),
    errors: z.array(
      z.object({ error_code: errorCode, error_message: z.string(), path: z.string().optional() }),
    ),
  })
  .meta({ id: 'Problem', description: 'RFC 9457; `errors[].error_code` is the contract' });

export const policyContextSchema = z
  .object({
    feedback_bound: z.boolean(),
    feedback_action: z.string().nullable(),
    feedback_confidence: z.number().nullable(),
    feedback_control: z.string().nullable(),
    feedback_rationale: z.string().nullable(),
    feedback_ttl_seconds: z.int().nullable(),
    feedback_attestation_measurement_hash: z.string().nullable(),
  })
  .meta({ id: 'PolicyContext', description: 'PROTOCOL.md section 14; all null where nothing binds' });

export const decision = z
  .object({ allow: z.boolean(), context: policyContextSchema })
  .meta({ id: 'PolicyDecision' });

export const contextAnswer = z
  .object({
    tenant_id: z.string(),
    target_urn: z.string(),
    context: policyContextSchema,
    adjustments: z.array(
      z.object({
        tenant_id: z.string(),
        target_urn: z.string(),
        action: z.string(),
        confidence: z.number(),
        control: z.string(),
        rationale: z.string(),
        ttl_seconds: z.int(),
        timestamp: z.int(),
        expires_at: z.int(),
        execution_fingerprint: z.string(),
        attestation_measurement_hash: z.string(),
        kid: z.string(),
        request_id: z.string().nullable(),
        received_at_ms: z.int(),
        binds: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'PolicyContextOfTarget', description: 'The living adjustments, the binding one first' });

export const opaAnswer = z
  .object({
    result: z.unknown().optional().meta({ description: 'Absent: undefined' }),
    warning: z.object({ code: z.string(), message: z.string() }).optional(),
  })
  .meta({ id: 'OpaAnswer' });

export const opaFault = z.object({ code: z.string(), message: z.string() }).meta({ id: 'OpaFault' });

export const health = z.object({ status: z.literal('alive') }).meta({ id: 'Alive' });
export const readiness = z
  .object({ status: z.enum(['ready', 'not ready']), reasons: z.array(z.string()).optional() })
  .meta({ id: 'Readiness' });
export const status = z.looseObject({}).meta({
  id: 'Status',
  description: 'What `spectrastrike-agent status --json` prints',
});
