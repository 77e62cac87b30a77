import {
  auditCosignatureSchema,
  evidenceBundleSchema,
  executionGraphSchema,
  feedbackQuerySchema,
  keyExchangeSchema,
  telemetryBatchItemSchema,
  telemetryBatchSchema,
  telemetryEnvelopeSchema,
  type WireErrorCode,
} from '@nyxera/federation-protocol';
import { z } from 'zod';
import {
  batchAnswer,
  bundleAnswer,
  cosignatureAnswer,
  feedbackAnswer,
  graphAnswer,
  keysAnswer,
  receiptAnswer,
  telemetryAnswer,
} from './answer-schemas.ts';

/** An endpoint of the federation port, as integrators are told of it. */
export interface Operation {
  readonly operationId: string;
  readonly path: string;
  readonly method: 'get' | 'post';
  readonly summary: string;
  readonly section: string;
  readonly maxBodyBytes?: number;
  /** `identity`: only the headers of section 2 that say who it is; the signature is in the body. */
  readonly headers: 'signed' | 'identity';
  readonly request?: { readonly name: string; readonly schema: z.ZodType };
  readonly parameters?: Readonly<Record<string, string>>;
  readonly success: {
    readonly status: 200 | 202;
    readonly mediaType: string;
    readonly name?: string;
    readonly schema?: z.ZodType;
  };
  /** Beside those that every endpoint has. */
  readonly codes: readonly WireErrorCode[];
}

/** A frame that any request can get (PROTOCOL.md section 5, steps 1 to 5). */
export const COMMON_CODES: readonly WireErrorCode[] = [
  'not_found',
  'method_not_allowed',
  'service_unavailable',
  'missing_header',
  'malformed_header',
  'peer_identity_rejected',
  'rate_limited',
  'internal_error',
];
const BODY: readonly WireErrorCode[] = [
  'unsupported_media_type',
  'payload_too_large',
  'payload_required',
  'invalid_json',
  'schema_invalid',
];
const SIGNED: readonly WireErrorCode[] = ['timestamp_out_of_window', 'signature_invalid', 'replay_detected'];
const AGREED: readonly WireErrorCode[] = [...BODY, ...SIGNED, 'non_canonical_json', 'signed_header_mismatch'];
const TENANT: readonly WireErrorCode[] = [
  'operator_not_mapped',
  'tenant_mapping_violation',
  'key_domain_violation',
  'operator_not_permitted',
];
const EVENT: readonly WireErrorCode[] = [
  'schema_version_missing',
  'schema_version_unsupported',
  'contract_v2_invalid',
  'fingerprint_mismatch',
  'event_conflict',
];
const JSON_TYPE = 'application/json';
const BATCH_BYTES = 8 * 1024 * 1024;

/** The batch as the wire has it, with what an accepted item looks like. */
const batchSchema = telemetryBatchSchema.extend({
  items: z.array(telemetryBatchItemSchema).min(1).max(1000).meta({
    description: 'Each is judged on its own: one that breaks its schema is rejected by itself',
  }),
});

export const OPERATIONS: readonly Operation[] = [
  {
    operationId: 'acceptTelemetry',
    path: '/internal/v1/telemetry',
    method: 'post',
    summary: 'One signed event',
    section: '6 and 7',
    headers: 'signed',
    request: { name: 'TelemetryEnvelope', schema: telemetryEnvelopeSchema },
    success: { status: 202, mediaType: JSON_TYPE, name: 'TelemetryAnswer', schema: telemetryAnswer },
    codes: [...AGREED, 'signed_metadata_mismatch', ...TENANT, ...EVENT],
  },
  {
    operationId: 'acceptTelemetryBatch',
    path: '/internal/v1/telemetry/batch',
    method: 'post',
    summary: 'Up to 1000 events under one signature (an extension; a gateway without it answers 404)',
    section: '6',
    maxBodyBytes: BATCH_BYTES,
    headers: 'signed',
    request: { name: 'TelemetryBatch', schema: batchSchema },
    success: { status: 202, mediaType: JSON_TYPE, name: 'BatchAnswer', schema: batchAnswer },
    codes: [...AGREED, 'signed_metadata_mismatch', ...TENANT],
  },
  {
    operationId: 'acceptExecutionGraph',
    path: '/internal/v1/cognitive/execution-graph',
    method: 'post',
    summary: 'An execution graph, from which adjustments come',
    section: '8',
    headers: 'signed',
    request: { name: 'ExecutionGraph', schema: executionGraphSchema },
    success: { status: 202, mediaType: JSON_TYPE, name: 'GraphAnswer', schema: graphAnswer },
    codes: [...AGREED, ...TENANT],
  },
  {
    operationId: 'queryFeedback',
    path: '/internal/v1/cognitive/feedback/adjustments/query',
    method: 'post',
    summary: "The tenant's living adjustments, signed and bound to this query",
    section: '8',
    headers: 'signed',
    request: { name: 'FeedbackQuery', schema: feedbackQuerySchema },
    success: { status: 200, mediaType: JSON_TYPE, name: 'FeedbackAnswer', schema: feedbackAnswer },
    codes: [...AGREED, ...TENANT],
  },
  {
    operationId: 'verifyEvidenceBundle',
    path: '/internal/v1/federation/verify',
    method: 'post',
    summary: 'Is this bundle signed by the presenting identity? The signature is in the body',
    section: '9',
    headers: 'identity',
    request: { name: 'EvidenceBundle', schema: evidenceBundleSchema },
    success: { status: 200, mediaType: JSON_TYPE, name: 'BundleAnswer', schema: bundleAnswer },
    codes: [...BODY, 'non_canonical_json', 'signature_invalid', 'timestamp_out_of_window', ...TENANT],
  },
  {
    operationId: 'exchangeKeys',
    path: '/internal/v1/federation/keys',
    method: 'post',
    summary: 'Signed key sets of both ends (an extension)',
    section: '19',
    headers: 'signed',
    request: { name: 'KeyExchange', schema: keyExchangeSchema },
    success: { status: 200, mediaType: JSON_TYPE, name: 'KeysAnswer', schema: keysAnswer },
    codes: [...AGREED, ...TENANT],
  },
  {
    operationId: 'addCosignature',
    path: '/internal/v1/audit/cosignature',
    method: 'post',
    summary: 'A witness hands in its cosignature of a checkpoint (an extension)',
    section: '19',
    headers: 'signed',
    request: { name: 'AuditCosignature', schema: auditCosignatureSchema },
    success: { status: 200, mediaType: JSON_TYPE, name: 'CosignatureAnswer', schema: cosignatureAnswer },
    codes: [...AGREED, 'tenant_mapping_violation'],
  },
  {
    operationId: 'readCheckpoint',
    path: '/internal/v1/audit/checkpoint',
    method: 'get',
    summary: 'The newest signed checkpoint of the audit log, a C2SP note (an extension)',
    section: '19',
    headers: 'signed',
    success: { status: 200, mediaType: 'text/plain; charset=utf-8' },
    codes: [...SIGNED, 'payload_too_large', 'tenant_mapping_violation'],
  },
  {
    operationId: 'readTile',
    path: '/internal/v1/audit/tile/{level}/{index}',
    method: 'get',
    summary: 'A tile of the audit log (C2SP tlog-tiles; an extension)',
    section: '19',
    headers: 'signed',
    parameters: {
      level: '0 to 63, or `entries`',
      index:
        'in groups of three digits, as in `x001/x234/067`, with `.p/<width>` for a partial one; its slashes are not escaped',
    },
    success: { status: 200, mediaType: 'application/octet-stream' },
    codes: [...SIGNED, 'payload_too_large', 'tenant_mapping_violation'],
  },
  {
    operationId: 'readReceipt',
    path: '/internal/v1/audit/receipt/{request_id}',
    method: 'get',
    summary: 'Inclusion proofs of what a request of this identity left in the log (an extension)',
    section: '19',
    headers: 'signed',
    parameters: { request_id: 'UUID of an answer, lower case' },
    success: { status: 200, mediaType: JSON_TYPE, name: 'ReceiptAnswer', schema: receiptAnswer },
    codes: [...SIGNED, 'payload_too_large', 'tenant_mapping_violation'],
  },
];
