import { z } from 'zod';
import {
  adjustmentSchema,
  auditCosignatureSchema,
  contractV2Schema,
  evidenceBundleSchema,
  executionGraphSchema,
  feedbackQuerySchema,
  keyExchangeSchema,
  keySetSchema,
  telemetryBatchItemSchema,
  telemetryBatchSchema,
  telemetryEnvelopeSchema,
} from '../dist/schemas.js';

/** File name to zod schema: what is exported as JSON Schema (PROTOCOL.md sections 6 to 9 and 19). */
const SCHEMAS = {
  'telemetry-envelope': telemetryEnvelopeSchema,
  'telemetry-batch': telemetryBatchSchema,
  'telemetry-batch-item': telemetryBatchItemSchema,
  'contract-v2': contractV2Schema,
  'execution-graph': executionGraphSchema,
  'feedback-query': feedbackQuerySchema,
  adjustment: adjustmentSchema,
  'evidence-bundle': evidenceBundleSchema,
  'audit-cosignature': auditCosignatureSchema,
  'key-exchange': keyExchangeSchema,
  'key-set': keySetSchema,
} as const satisfies Record<string, z.ZodType>;

/**
 * JSON Schemas (draft 2020-12) by file name. They describe the wire, that is, the input of each schema. What JSON
 * Schema cannot say stays with the parsers: calendar dates, lifecycle transitions, that `1.0` is no integer.
 */
export function jsonSchemas(): Readonly<Record<string, object>> {
  return Object.fromEntries(
    Object.entries(SCHEMAS).map(([name, schema]) => [
      `${name}.json`,
      z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
    ]),
  );
}
