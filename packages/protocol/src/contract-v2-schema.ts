import { z } from 'zod';
import { checkSchema } from './check-schema.ts';
import { isJsonObject, type JsonObject } from './json-value.ts';
import { accept, type Result, reject } from './result.ts';
import { isEarlier, readRfc3339 } from './rfc3339.ts';
import { integer, matching, numberBetween, text } from './schema-parts.ts';

/** Contract v2 of PROTOCOL.md section 7. Optional fields may be absent or null. */
const optional = <S extends z.ZodType>(schema: S) => schema.nullish();

const LIFECYCLE = ['planned', 'queued', 'dispatched', 'running', 'succeeded', 'failed', 'canceled'] as const;
type Lifecycle = (typeof LIFECYCLE)[number];

/** Where an execution may go; the last three are final. Staying where one is, is no transition. */
const TRANSITIONS: { readonly [from in Lifecycle]: readonly Lifecycle[] } = {
  planned: ['queued', 'canceled'],
  queued: ['dispatched', 'canceled'],
  dispatched: ['running', 'failed', 'canceled'],
  running: ['succeeded', 'failed', 'canceled'],
  succeeded: [],
  failed: [],
  canceled: [],
};

const rfc3339 = () =>
  z
    .string()
    .refine((value) => readRfc3339(value) !== null)
    .meta({ format: 'date-time' });

const executionSchema = z
  .strictObject({
    execution_id: text(1, 128),
    lifecycle_state: z.enum(LIFECYCLE),
    previous_lifecycle_state: optional(z.enum(LIFECYCLE)),
    started_at: rfc3339(),
    completed_at: optional(rfc3339()),
    failure_reason: optional(text(0, 1024)),
    correlation_id: optional(text(0, 128)),
  })
  .superRefine((execution, context) => {
    const { lifecycle_state: state, previous_lifecycle_state: previous } = execution;
    if (previous != null && !TRANSITIONS[previous].includes(state)) {
      context.addIssue({ code: 'custom', path: ['lifecycle_state'] });
    }
    if (execution.completed_at != null && isEarlier(execution.completed_at, execution.started_at)) {
      context.addIssue({ code: 'custom', path: ['completed_at'] });
    }
    if ((execution.failure_reason ?? '') !== '' && state !== 'failed') {
      context.addIssue({ code: 'custom', path: ['failure_reason'] });
    }
  });

export const contractV2Schema = z.strictObject({
  execution: executionSchema,
  asset: z.strictObject({
    asset_id: text(1, 128),
    asset_ref: text(1, 512),
    hostname: optional(text(0, 255)),
    ip_address: optional(text(0, 64)),
    platform: optional(text(0, 64)),
    environment: optional(text(0, 64)),
  }),
  identity: z.strictObject({
    principal_id: text(1, 256),
    principal_type: text(1, 64),
    privilege_level: text(1, 64),
    account_domain: optional(text(0, 255)),
  }),
  ttp: z.strictObject({
    technique_id: matching(/^T[0-9]{4}(?:\.[0-9]{3})?$/),
    tactic_id: matching(/^TA[0-9]{4}$/),
    subtechnique_id: optional(matching(/^T[0-9]{4}\.[0-9]{3}$/)),
    procedure: optional(text(0, 1024)),
  }),
  detection: z.strictObject({
    detected: z.boolean(),
    detection_source: optional(text(0, 128)),
    detection_latency_seconds: optional(integer(0)),
    alert_id: optional(text(0, 256)),
    alert_severity: optional(text(0, 32)),
  }),
  response: z.strictObject({
    responded: z.boolean(),
    response_action: optional(text(0, 256)),
    response_latency_seconds: optional(integer(0)),
    containment_latency_seconds: optional(integer(0)),
    contained: z.boolean().default(false),
  }),
  control: z.strictObject({
    control_id: text(1, 128),
    control_type: text(1, 64),
    control_vendor: optional(text(0, 128)),
    control_version: optional(text(0, 64)),
    effectiveness_score: optional(numberBetween(0, 1)),
  }),
});

export type ContractV2 = z.infer<typeof contractV2Schema>;

const PATH = '/payload/attributes/contract_v2';

/** Step 12 of PROTOCOL.md section 5: null unless `schema_version` starts with `2.`; else `contract_v2_invalid`. */
export function parseContractV2(attributes: JsonObject): Result<ContractV2 | null> {
  const version = attributes.schema_version;
  if (typeof version !== 'string' || !version.startsWith('2.')) {
    return accept(null);
  }
  const contract = attributes.contract_v2;
  if (!isJsonObject(contract)) {
    return reject('contract_v2_invalid', 'schema version 2.x requires an object here', PATH);
  }
  return checkSchema(contractV2Schema, contract, 'contract_v2_invalid', PATH);
}
