import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  canonicalizeCompat,
  executionFingerprint,
  type JsonObject,
  parseStrictJson,
} from '@nyxera/federation-protocol';
import { sharedPath } from '@nyxera/federation-testing/shared-data';
import { seededLines } from './seeded-lines.ts';

export const IDENTITY = 'spectrastrike-agent-01';
export const OPERATOR = 'op-bench-01';
export const TENANT = '7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55';
export const CAMPAIGN = 'cmp-bench';
const FINGERPRINT_TIME = '2026-11-23T12:00:00Z';
/** Stands where the event id goes. It has the length of an event id, so sizes do not change. */
const PLACEHOLDER = 'bench-00000000-000000000';

export interface SourceEvent {
  /** 64 hex. */
  readonly executionHash: string;
  /** The payload as a value, with a placeholder for its id. */
  readonly payload: JsonObject;
  /** Its compat form, cut where the event id belongs. */
  readonly before: string;
  readonly after: string;
}

export interface EventSource {
  /** Where the events come from, for the report. */
  readonly name: string;
  readonly events: readonly SourceEvent[];
}

/** Of the host events: which techniques those from `first_line` to `last_line` belong to. */
interface Segment {
  readonly first_line: number;
  readonly last_line: number;
  readonly attack_mappings: readonly { readonly technique: string }[];
}

/** Up to `limit` events, spread evenly over the real lines where `../shared` is, else made from a fixed seed. */
export function loadEvents(limit: number): EventSource {
  const folder = sharedPath('data', 'bench');
  if (folder === null) {
    const seed = 20_261_123;
    const events = seededLines(seed, limit).map((text) => toEvent(text, ['T1046']));
    return { name: `seeded generator (seed ${seed}): ../shared is absent`, events: events.filter(isPresent) };
  }
  const file = gunzipSync(readFileSync(join(folder, 'host_events_2022_2023.jsonl.gz'))).toString('utf8');
  const lines = file
    .split('\n')
    .map((text, index) => ({ text, number: index + 1 }))
    .filter(({ text }) => text !== '');
  const { segments } = JSON.parse(readFileSync(join(folder, 'segments_2022_2023.json'), 'utf8')) as {
    segments: readonly Segment[];
  };
  const step = Math.max(1, Math.floor(lines.length / limit));
  const chosen = lines.filter((_line, index) => index % step === 0).slice(0, limit);
  return {
    name: `real host events, ${chosen.length} of ${lines.length} lines of shared/data/bench`,
    events: chosen.map(({ text, number }) => toEvent(text, techniquesOf(segments, number))).filter(isPresent),
  };
}

function techniquesOf(segments: readonly Segment[], line: number): readonly string[] {
  const segment = segments.find(({ first_line, last_line }) => line >= first_line && line <= last_line);
  const found = [...new Set(segment?.attack_mappings.map(({ technique }) => technique) ?? [])];
  return found.length === 0 ? ['T1059'] : found.slice(0, 32);
}

function isPresent<Value>(value: Value | null): value is Value {
  return value !== null;
}

const hex = (text: string): string => createHash('sha256').update(text).digest('hex');

/** As the agent would send it: the record, its attestation, and every input of its fingerprint, so that the gateway recomputes it. */
function toEvent(text: string, techniques: readonly string[]): SourceEvent | null {
  const parsed = parseStrictJson(Buffer.from(text, 'utf8'));
  if (!parsed.ok) return null;
  const record = parsed.value as JsonObject;
  const host = String(record.Hostname ?? record.host ?? 'unknown');
  const attestation = hex('attestation');
  const inputs = {
    attestation_measurement_hash: attestation,
    manifest_hash: hex('manifest'),
    operator_id: OPERATOR,
    policy_decision_hash: hex('policy'),
    tenant_id: TENANT,
    timestamp: FINGERPRINT_TIME,
    tool_hash: hex('tool'),
  };
  const executionHash = executionFingerprint(inputs);
  const payload: JsonObject = {
    event_id: PLACEHOLDER,
    event_type: 'HOST_LOG',
    source_system: 'windows',
    severity: severityOf(String(record.Level ?? '')),
    observed_at: '2023-07-19T09:03:40.710Z',
    mitre_techniques: [...techniques],
    attributes: {
      asset_ref: host,
      attestation_measurement_hash: attestation,
      execution_fingerprint: executionHash,
      fingerprint_timestamp: FINGERPRINT_TIME,
      manifest_hash: inputs.manifest_hash,
      policy_decision_hash: inputs.policy_decision_hash,
      record,
      schema_version: '1.0',
      target_urn: `urn:target:host:${host}`,
      tool_sha256: inputs.tool_hash,
    },
  };
  const parts = canonicalizeCompat(payload).split(PLACEHOLDER);
  if (parts.length !== 2) return null;
  return { executionHash, payload, before: parts[0] ?? '', after: parts[1] ?? '' };
}

/** Windows levels: 1 critical, 2 error, 3 warning; 0 and above 3 only inform. */
function severityOf(level: string): string {
  return ({ '1': 'critical', '2': 'high', '3': 'medium' } as Record<string, string>)[level] ?? 'info';
}

/** `bench-<run>-<number>`, of one length; `run` is 8 characters. */
export function eventId(run: string, number: number): string {
  return `bench-${run}-${String(number).padStart(9, '0')}`;
}
