import { createHash } from 'node:crypto';
import {
  canonicalizeCompat,
  type JsonValue,
  parseBatchEnvelope,
  parseBatchItem,
  parseStrictJson,
  requestSignatureInput,
} from '../../dist/index.js';
import { NEVER_ACCEPT, publicBytes, signBase64, testPrivateKey } from './test-keys.ts';

const TENANT = '10000000-0000-0000-0000-00000000000a';
const NONCE = 'nonce-batch-000000000001';
const TIMESTAMP = 1_772_107_200;

type Body = Record<string, JsonValue>;

function payload(eventId: JsonValue, changes: Body = {}): Body {
  return {
    event_id: eventId,
    event_type: 'PORT_OPEN',
    source_system: 'nmap',
    severity: 'high',
    observed_at: '2026-02-26T12:00:00+00:00',
    mitre_techniques: ['T1046'],
    attributes: { attestation_measurement_hash: 'a1'.repeat(32), schema_version: '1.0' },
    ...changes,
  };
}

const item = (eventId: JsonValue, changes: Body = {}): Body => ({
  execution_hash: 'c3'.repeat(32),
  payload: payload(eventId, changes),
});

/** What is in the one batch: good items among bad ones. */
const ITEMS: readonly (readonly [string, JsonValue])[] = [
  ['a good item', item('evt-1')],
  ['no object', 7],
  ['null', null],
  ['an unknown member', { ...item('evt-2'), extra: 1 }],
  ['no payload', { execution_hash: 'c3'.repeat(32) }],
  ['a bad severity', item('evt-3', { severity: 'severe' })],
  ['an event id that is none', item('a b')],
  ['an event id that is no text', item(1)],
  ['no attestation', item('evt-4', { attributes: {} })],
  ['a bad execution hash', { ...item('evt-5'), execution_hash: 'c3' }],
  ['the same id again', item('evt-1', { severity: 'low' })],
  [
    'integers beyond 2^53',
    item('evt-6', { attributes: { attestation_measurement_hash: 'a1'.repeat(32), n: 2n ** 64n } }),
  ],
];

function envelope(items: readonly JsonValue[]): Body {
  return {
    operator_id: 'op-001',
    campaign_id: 'cmp-001',
    tenant_id: TENANT,
    timestamp: TIMESTAMP,
    nonce: NONCE,
    signed_metadata: { tenant_id: TENANT, operator_id: 'op-001', campaign_id: 'cmp-001' },
    items,
  };
}

/** Envelope faults refuse the whole. */
const BROKEN: readonly (readonly [string, (body: Body) => void])[] = [
  ['no items', (body) => delete body.items],
  ['an empty list', (body) => Object.assign(body, { items: [] })],
  ['items that are no array', (body) => Object.assign(body, { items: { 0: item('evt-1') } })],
  ['1001 items', (body) => Object.assign(body, { items: Array(1001).fill(0) })],
  ['a payload beside the items', (body) => Object.assign(body, { payload: payload('evt-1') })],
  ['an execution hash beside the items', (body) => Object.assign(body, { execution_hash: 'c3'.repeat(32) })],
  ['no signed metadata', (body) => delete body.signed_metadata],
];

/** PROTOCOL.md section 6, Batch: the signed body, what each item comes to, and what refuses the whole. */
export function batchVectors(): object {
  const key = testPrivateKey(1);
  const body = canonicalizeCompat(envelope(ITEMS.map(([, value]) => value)));
  const message = requestSignatureInput(TIMESTAMP, NONCE, Buffer.from(body));
  const parsed = parseBatchEnvelope(read(body));
  if (!parsed.ok) throw new Error(parsed.detail);
  const { value } = parsed;
  return {
    about: `PROTOCOL.md section 6, Batch. ${NEVER_ACCEPT}`,
    key: Buffer.from(publicBytes(key)).toString('base64'),
    request: {
      timestamp: TIMESTAMP,
      nonce: NONCE,
      body,
      message_sha256: createHash('sha256').update(message).digest('hex'),
      signature: signBase64(key, message),
    },
    items: value.items.map((received, index) => {
      const judged = parseBatchItem(value, received);
      const about = ITEMS[index]?.[0];
      if (judged.ok) return { about, event_id: judged.value.payload.event_id };
      return { about, event_id: judged.eventId, code: judged.code, path: judged.path };
    }),
    rejected: BROKEN.map(([about, change]) => {
      const broken = envelope([item('evt-1')]);
      change(broken);
      const text = canonicalizeCompat(broken);
      const result = parseBatchEnvelope(read(text));
      return {
        about,
        body: text,
        code: result.ok ? null : result.code,
        path: result.ok ? null : result.path,
      };
    }),
  };
}

function read(text: string): JsonValue {
  const result = parseStrictJson(Buffer.from(text));
  if (!result.ok) throw new Error(result.detail);
  return result.value;
}
