import {
  bundleHash,
  contentHash,
  executionFingerprint,
  type FingerprintInput,
  fingerprintInputFrom,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  normalisePayload,
  parseTelemetryEnvelope,
} from '@nyxera/federation-protocol';
import { fromBase64Url, toBase64Url, toHex, verifyRequestSignature } from '../../verify/index.ts';
import type { EventDetail, Evidence, OpenedEvidence } from './open-evidence.ts';

/** `bad`: what is stored is not what was signed and accepted. `unknown`: it cannot be said here. */
export interface Check {
  readonly id: 'signature' | 'body' | 'headers' | 'claims' | 'row' | 'content' | 'fingerprint' | 'key';
  readonly title: string;
  readonly verdict: 'ok' | 'bad' | 'unknown';
  readonly says: string;
}

/**
 * Does again, from the stored bytes alone, what the gateway did when it accepted the event, and compares the result with the
 * row that lists show. Pure. A row, a body, a signature or a key that was changed in the database does not pass.
 */
export function checkEvent(
  detail: EventDetail,
  evidence: Evidence,
  opened: OpenedEvidence,
): readonly Check[] {
  const signed = verifyRequestSignature({
    publicKey: opened.publicKey,
    signature: opened.signature,
    timestamp: evidence.timestamp,
    nonce: evidence.nonce,
    body: opened.body,
  });
  return [
    judged(
      'signature',
      'Signature',
      signed.ok,
      'Ed25519 over timestamp, nonce and body, by the key below',
      'INVALID: that key did not sign these bytes',
    ),
    // The hash of any bytes; the protocol's name for it is that of its first use.
    judged(
      'body',
      'Hash of the body',
      hexOf(evidence.body_sha256) === bundleHash(opened.body),
      'the SHA-256 that was stored is that of the body',
      'the body has another SHA-256 than was stored with it',
    ),
    judged(
      'headers',
      'Headers and body agree',
      opened.envelope?.nonce === evidence.nonce && opened.envelope?.timestamp === evidence.timestamp,
      'timestamp and nonce of the signed headers are those in the body',
      'the body names another timestamp or nonce than the signed headers',
    ),
    judged(
      'claims',
      'Event, operator, tenant',
      claimsAgree(detail, opened),
      'the body names this event, this operator and this tenant',
      'the body is about another event, operator or tenant',
    ),
    row(detail, opened),
    content(detail, opened),
    fingerprint(detail, opened),
    keyThen(detail),
  ];
}

/** Whether everything that could be checked holds. null: there was nothing to check. */
export function verdictOf(checks: readonly Pick<Check, 'verdict'>[]): 'ok' | 'bad' | null {
  if (checks.length === 0) return null;
  return checks.some(({ verdict }) => verdict === 'bad') ? 'bad' : 'ok';
}

function judged(id: Check['id'], title: string, ok: boolean, good: string, bad: string): Check {
  return { id, title, verdict: ok ? 'ok' : 'bad', says: ok ? good : bad };
}

function claimsAgree({ event }: EventDetail, { envelope, payload }: OpenedEvidence): boolean {
  const tenant = envelope?.tenant_id;
  return (
    payload?.event_id === event.event_id &&
    envelope?.operator_id === event.operator_id &&
    typeof tenant === 'string' &&
    tenant.toLowerCase() === event.tenant_id
  );
}

/** Whatever a list shows or filters by, as it follows from the signed bytes (PROTOCOL.md section 7). */
function row({ event }: EventDetail, opened: OpenedEvidence): Check {
  const title = 'The row in the lists';
  const parsed = parseTelemetryEnvelope(single(opened));
  if (!parsed.ok) {
    return { id: 'row', title, verdict: 'bad', says: 'the stored body is no telemetry of the protocol' };
  }
  const { payload, campaign_id, execution_hash } = parsed.value;
  const meaning = normalisePayload(payload);
  const differing = Object.entries({
    'event type': payload.event_type === event.event_type,
    source: payload.source_system === event.source_system,
    severity: meaning.severity === event.severity,
    campaign: campaign_id === event.campaign_id,
    'time observed': meaning.observedAt.text === event.observed_at,
    techniques: meaning.techniques.join() === event.techniques.join(),
    tactics: meaning.tactics.join() === event.tactics.join(),
    'execution fingerprint': execution_hash.toLowerCase() === event.execution_hash,
    'attestation hash': meaning.attestationMeasurementHash === event.attestation_measurement_hash,
    'synthetic attestation': meaning.attestationSynthetic === event.attestation_synthetic,
    asset: meaning.assetRef === event.asset_ref,
    target: (meaning.targetUrn ?? meaning.assetRef) === event.target_urn,
  }).flatMap(([name, same]) => (same ? [] : [name]));
  return judged(
    'row',
    title,
    differing.length === 0,
    'severity, techniques, campaign, target, hashes and times are what was signed',
    `the row shows something else than was signed: ${differing.join(', ')}`,
  );
}

/** An item of a batch as if it had been sent alone. */
function single({ envelope, item }: OpenedEvidence): JsonValue {
  if (envelope === null || item === null) return null;
  if (item === envelope) return envelope;
  const { items: _, ...rest } = envelope;
  return { ...rest, execution_hash: item.execution_hash ?? null, payload: item.payload ?? null };
}

function content({ event }: EventDetail, { envelope, item, payload }: OpenedEvidence): Check {
  const campaign = envelope?.campaign_id;
  const execution = item?.execution_hash;
  const same =
    payload !== null &&
    typeof campaign === 'string' &&
    typeof execution === 'string' &&
    toBase64Url(contentHash(payload, campaign, execution)) === event.content_hash;
  return judged(
    'content',
    'Content hash',
    same,
    'computed again from the payload, it is the one that was stored',
    'computed again from the payload, it is another than was stored',
  );
}

/** The seven inputs, as far as the event carries them; null: some are missing. */
export function fingerprintInputs({ envelope, payload }: OpenedEvidence): FingerprintInput | null {
  const attributes = payload?.attributes;
  const operator = envelope?.operator_id;
  const tenant = envelope?.tenant_id;
  if (!isObject(attributes) || typeof operator !== 'string' || typeof tenant !== 'string') return null;
  return fingerprintInputFrom(attributes, operator, tenant);
}

function fingerprint({ event }: EventDetail, opened: OpenedEvidence): Check {
  const title = 'Execution fingerprint';
  const inputs = fingerprintInputs(opened);
  if (inputs === null) {
    const says = 'the event does not carry all seven inputs, so that it cannot be computed again';
    return { id: 'fingerprint', title, verdict: 'unknown', says };
  }
  return judged(
    'fingerprint',
    title,
    executionFingerprint(inputs) === event.execution_hash,
    'computed again from its seven inputs, it is the same',
    'computed again from its seven inputs, it is another: the sender said something that does not follow from them',
  );
}

/** What the keyring says of the key at the moment of acceptance. The gateway's word: a browser cannot prove it. */
function keyThen(detail: EventDetail): Check {
  const title = 'Key when it was accepted';
  const then = keyStateAt(detail.key_life, detail.event.accepted_at);
  if (then === null) {
    return { id: 'key', title, verdict: 'bad', says: 'the keyring had no such key of this identity then' };
  }
  const { accepted_at: at } = detail.event;
  const mayVerify = then.state === 'active' || then.state === 'retiring';
  const inTime =
    (then.not_before === null || at >= then.not_before) && (then.not_after === null || at < then.not_after);
  return judged(
    'key',
    title,
    mayVerify && inTime && then.covers,
    `${then.state}, in its validity, for this tenant (by the gateway's keyring)`,
    `${then.state}${inTime ? '' : ', outside its validity'}${then.covers ? '' : ', not for this tenant'}`,
  );
}

/** The last change before that moment. Times are of one form, in UTC: their order is that of their text. */
export function keyStateAt(
  life: EventDetail['key_life'],
  at: string,
): EventDetail['key_life'][number] | null {
  return life.filter((step) => step.changed_at <= at).at(-1) ?? null;
}

function hexOf(text: string): string | null {
  const bytes = fromBase64Url(text);
  return bytes === null ? null : toHex(bytes);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return value !== undefined && isJsonObject(value);
}
