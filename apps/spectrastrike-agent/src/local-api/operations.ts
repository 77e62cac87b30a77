import type { z } from 'zod';
import type { ApiCode } from './api-codes.ts';
import * as schemas from './api-schemas.ts';

/** One body of a request or an answer, as the document shows it. `examples` are sent by a test to the real server. */
export interface Content {
  readonly schema: z.ZodType;
  readonly examples?: Readonly<Record<string, Example>>;
}

export interface Example {
  readonly value: unknown;
  /** Of the answer; absent: the first that the operation has. */
  readonly status?: number;
  /** Instead of the query that the operation needs at least. */
  readonly query?: string;
}

export interface Operation {
  readonly method: 'get' | 'post';
  /** As OpenAPI writes it; `{member}` is optional in none. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  /** No token on TCP. */
  readonly open?: boolean;
  readonly query?: z.ZodObject;
  /** Whether `X-Tenant-Id` is looked at. */
  readonly tenant?: boolean;
  /** By media type. */
  readonly body?: Readonly<Record<string, Content>>;
  readonly bodyRequired?: boolean;
  readonly answers: Readonly<
    Record<string, { readonly description: string; readonly content: Readonly<Record<string, Content>> }>
  >;
  readonly refusals: readonly ApiCode[];
}

const { JSON_TYPE, LINES_TYPE } = schemas;
const ANY_BODY = [
  'payload_required',
  'payload_too_large',
  'unsupported_media_type',
  'request_timeout',
] as const;
const ANY_TENANT = ['parameter_invalid', 'tenant_unknown'] as const;
const ANY_SPOOL = ['service_unavailable', 'spool_full'] as const;

const event = {
  event_id: 'edr-2026-02-26-0001',
  event_type: 'EXPLOIT_CONFIRMED',
  source_system: 'lab',
  severity: 'high',
  observed_at: '2026-02-26T12:00:00Z',
  mitre_techniques: ['T1190'],
  attributes: { asset_ref: '10.0.0.5', target_urn: 'urn:target:ip:10.0.0.5' },
};
const secondEvent = { ...event, event_id: 'edr-2026-02-26-0002', severity: 'low' };
/** As Windows event logs are exported; fields of the shipped mapping `windows-exporter`. */
const logLine = {
  SourceName: 'Microsoft-Windows-Security-Auditing',
  Channel: 'security',
  EventID: 1102,
  Level: 4,
  TimeCreated: '2026-02-26T12:00:00.000Z',
  Hostname: 'host-1.example',
  Message: 'The audit log was cleared.',
};
const question = { target_urn: 'urn:target:ip:10.0.0.5', base: true };
const nothingBinds = {
  feedback_bound: false,
  feedback_action: null,
  feedback_confidence: null,
  feedback_control: null,
  feedback_rationale: null,
  feedback_ttl_seconds: null,
  feedback_attestation_measurement_hash: null,
};

function json(description: string, schema: z.ZodType, value?: unknown) {
  const examples = value === undefined ? {} : { examples: { answer: { value } } };
  return { description, content: { [JSON_TYPE]: { schema, ...examples } } };
}

/** Everything that the local API answers, by its name in code, in the document and in the metrics. */
export const OPERATIONS = {
  takeEvents: {
    method: 'post',
    path: '/v1/events',
    summary: 'Take one event, or JSON lines of events',
    description:
      'Answers 202 only after the fsync. One event (application/json) is taken or refused. Of JSON lines each is judged on its own: what can be taken is taken in one transaction, and the answer says what became of every line. Only where nothing was taken is the whole refused. Sent again, the same events are `known`, so a client without an answer repeats its request. At most 8 MiB, 10,000 lines, 1 MiB a line.',
    query: schemas.eventsQuery,
    tenant: true,
    bodyRequired: true,
    body: {
      [JSON_TYPE]: { schema: schemas.eventBody, examples: { event: { value: event } } },
      [LINES_TYPE]: {
        schema: schemas.eventLines,
        examples: {
          lines: { value: `${JSON.stringify(event)}\n${JSON.stringify(secondEvent)}\n` },
          'one line refused': { value: `${JSON.stringify(event)}\n{"event_id":"half\n` },
        },
      },
    },
    answers: {
      '202': json('Taken, at least in part', schemas.eventsAnswer, {
        request_id: '7f3c1e0a-5f0e-4a53-9d6f-0d3b6f3c9a11',
        accepted: 1,
        known: 0,
        refused: 0,
        events: [{ event_id: event.event_id, status: 'accepted' }],
      }),
    },
    refusals: ['event_conflict', 'invalid_json', 'schema_invalid', ...ANY_TENANT, ...ANY_BODY, ...ANY_SPOOL],
  },
  takeReport: {
    method: 'post',
    path: '/v1/reports',
    summary: 'Take a report file as it is',
    description:
      'The format is what the content says, whatever media type is declared. Answers after the fsync of its last event, with how many were taken and how many refused, and where. Sent again, the same report is the same events: also after a 507 or 503 in the middle of a long one, whose counts say how far it came.',
    query: schemas.reportsQuery,
    tenant: true,
    bodyRequired: true,
    body: {
      'application/octet-stream': {
        schema: schemas.reportBytes,
        examples: {
          'JSON lines of canonical events': {
            value: `${JSON.stringify(event)}\n${JSON.stringify(secondEvent)}\n`,
          },
          'JSON lines of another kind, by a mapping that the operator configured': {
            query: '?name=security.jsonl&format=jsonl&mapping=windows-exporter',
            value: `${JSON.stringify(logLine)}\n`,
          },
          'a mapping that is not configured': {
            query: '?name=security.jsonl&format=jsonl&mapping=nobody-has-it',
            status: 422,
            value: `${JSON.stringify(logLine)}\n`,
          },
        },
      },
    },
    answers: { '202': json('Taken, at least in part', schemas.reportAnswer) },
    // Not `payload_required`: an empty file is what a scanner writes that found nothing.
    refusals: ['mapping_unknown', 'report_refused', ...ANY_TENANT, ...ANY_BODY.slice(1), ...ANY_SPOOL],
  },
  evaluatePolicy: {
    method: 'post',
    path: '/v1/policy/evaluate',
    summary: 'Decide for one target: your own decision, and what verified feedback takes away from it',
    tenant: true,
    bodyRequired: true,
    query: schemas.noQuery,
    body: { [JSON_TYPE]: { schema: schemas.evaluateBody, examples: { question: { value: question } } } },
    answers: { '200': json('The decision', schemas.decision, { allow: true, context: nothingBinds }) },
    refusals: ['invalid_json', 'schema_invalid', 'service_unavailable', ...ANY_TENANT, ...ANY_BODY],
  },
  showPolicyContext: {
    method: 'get',
    path: '/v1/policy/context',
    summary: 'What binds a target now, with what put it there',
    query: schemas.contextQuery,
    tenant: true,
    answers: { '200': json('The living adjustments of the target', schemas.contextAnswer) },
    refusals: [...ANY_TENANT],
  },
  answerOpa: {
    method: 'post',
    path: '/v1/data/spectrastrike/feedback',
    summary: 'The same decision, asked as OPA is asked',
    description:
      'OPA data API: `{"input":…}` gives `{"result":…}`; one member of the result is at /v1/data/spectrastrike/feedback/{member}, and GET takes `?input=`. Without input: a warning and no result.',
    tenant: true,
    body: {
      [JSON_TYPE]: {
        schema: schemas.opaBody,
        examples: {
          question: { value: { input: { target_urn: question.target_urn } } },
          'no input': { value: {} },
          'no target': { value: { input: {} }, status: 400 },
        },
      },
    },
    answers: {
      '200': json('As OPA', schemas.opaAnswer, { result: { allow: true, ...nothingBinds } }),
      '400': json('As OPA', schemas.opaFault, {
        code: 'invalid_parameter',
        message: 'input.target_urn has another form',
      }),
    },
    refusals: [],
  },
  showStatus: {
    method: 'get',
    path: '/v1/status',
    summary: 'What `status --json` prints, and what the daemon does',
    query: schemas.noQuery,
    answers: { '200': json('The status', schemas.status) },
    refusals: ['parameter_invalid'],
  },
  showDocument: {
    method: 'get',
    path: '/openapi.json',
    summary: 'This document',
    answers: { '200': json('OpenAPI 3.1', schemas.status) },
    refusals: [],
  },
  alive: {
    method: 'get',
    path: '/healthz',
    open: true,
    summary: 'Alive',
    answers: { '200': json('Alive', schemas.health, { status: 'alive' }) },
    refusals: [],
  },
  ready: {
    method: 'get',
    path: '/readyz',
    open: true,
    summary: 'Whether it can take events now',
    answers: {
      '200': json('Ready', schemas.readiness, { status: 'ready' }),
      '503': json('Not ready', schemas.readiness, { status: 'not ready', reasons: ['spool_full'] }),
    },
    refusals: [],
  },
  showMetrics: {
    method: 'get',
    path: '/metrics',
    summary: 'Prometheus metrics',
    answers: {
      '200': {
        description: 'Prometheus text',
        content: { 'text/plain': { schema: schemas.metricsText } },
      },
    },
    refusals: [],
  },
} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof OPERATIONS;
