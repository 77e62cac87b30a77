import type { Queryable, Statement } from '../../store/database.ts';
import { utcText } from '../../store/read/page.ts';
import { EVENT_COLUMNS, type EventItem } from './list-events.ts';

/** One event by its whole key. */
export interface EventKey {
  readonly tenant: string;
  readonly operator: string;
  readonly event: string;
}

export interface EventRow extends EventItem {
  readonly tactics: readonly string[];
  readonly evidence_index: number;
  readonly content_hash: Uint8Array;
}

export interface EvidenceRow {
  readonly received_at: string;
  readonly endpoint: string;
  readonly identity: string;
  readonly peer_sha256: string;
  readonly operator_id: string;
  readonly kid: string;
  readonly public_key: Uint8Array;
  readonly signature: Uint8Array;
  readonly header_timestamp: number;
  readonly nonce: string;
  readonly body: Uint8Array;
  readonly body_sha256: Uint8Array;
}

/** What a key was from `changed_at` on. */
export interface KeyLifeRow {
  readonly state: string;
  /** Whether it was for the event's tenant. */
  readonly covers: boolean;
  readonly not_before: string | null;
  readonly not_after: string | null;
  readonly changed_at: string;
}

export interface PinRow {
  readonly not_before: string | null;
  readonly not_after: string | null;
  readonly source: string;
  readonly created_at: string;
}

export interface EntryRow {
  readonly sequence: number;
  readonly recorded_at: string;
  readonly action: string;
  readonly code: string;
  readonly disclosure: string;
  readonly pruned: boolean;
}

const EVENT: Statement = {
  name: 'console-event-v1',
  text: `SELECT ${EVENT_COLUMNS}, item.tactics, item.evidence_index, item.content_hash
FROM events AS item WHERE item.tenant_id = $1 AND item.operator_id = $2 AND item.event_id = $3`,
};
const EVIDENCE: Statement = {
  name: 'console-event-evidence-v1',
  text: `SELECT ${utcText('received_at')} AS received_at, endpoint, identity, peer_sha256, operator_id, kid, public_key,
  signature, header_timestamp, nonce, body, body_sha256
FROM evidence WHERE tenant_id = $1 AND request_id = $2`,
};
const KEY_LIFE: Statement = {
  name: 'console-event-key-life-v1',
  text: `SELECT state, covers, ${utcText('not_before')} AS not_before, ${utcText('not_after')} AS not_after,
  ${utcText('changed_at')} AS changed_at
FROM key_life($1, 'telemetry', $2, $3) WHERE kid = $4`,
};
const PIN: Statement = {
  name: 'console-event-pin-v1',
  text: `SELECT ${utcText('not_before')} AS not_before, ${utcText('not_after')} AS not_after, source,
  ${utcText('created_at')} AS created_at
FROM identity_pins WHERE identity = $1 AND sha256 = $2`,
};
const ENTRIES: Statement = {
  name: 'console-event-entries-v1',
  text: `SELECT sequence, ${utcText('recorded_at')} AS recorded_at, action, code, disclosure, pruned_by IS NOT NULL AS pruned
FROM audit_log WHERE request_id = $1 AND tenant_id = $2 ORDER BY sequence LIMIT 1001`,
};

export async function findEventRow(db: Queryable, key: EventKey): Promise<EventRow | null> {
  const [row] = await db.query<EventRow>(EVENT, [key.tenant, key.operator, key.event]);
  return row ?? null;
}

export interface EventSurroundings {
  /** null: removed by retention. */
  readonly evidence: EvidenceRow | null;
  readonly keyLife: readonly KeyLifeRow[];
  /** null: there is none of this event any more. */
  readonly entry: EntryRow | null;
}

/** What vouches for an event: evidence, key, certificate, and the entry of the log that says it was accepted. */
export async function readSurroundings(db: Queryable, event: EventRow): Promise<EventSurroundings> {
  const [evidence = null] = await db.query<EvidenceRow>(EVIDENCE, [event.tenant_id, event.request_id]);
  const entries = await db.query<EntryRow>(ENTRIES, [event.request_id, event.tenant_id]);
  const entry = entries.find((one) => subjectOf(one.disclosure) === event.event_id) ?? null;
  if (evidence === null) return { evidence, keyLife: [], entry };
  const { identity, public_key, kid } = evidence;
  const keyLife = await db.query<KeyLifeRow>(KEY_LIFE, [identity, public_key, event.tenant_id, kid]);
  return { evidence, keyLife, entry };
}

/** Pins are of no tenant: readers of all see them. null: none there (any more), or not for this reader. */
export async function findPin(
  db: Queryable,
  { identity, peer_sha256 }: Pick<EvidenceRow, 'identity' | 'peer_sha256'>,
): Promise<PinRow | null> {
  const [pin = null] = await db.query<PinRow>(PIN, [identity, peer_sha256]);
  return pin;
}

/** What an entry is about, as it was disclosed; null: erased. */
export function subjectOf(disclosure: string): string | null {
  try {
    const value: unknown = (JSON.parse(disclosure) as { subject?: { value?: unknown } }).subject?.value;
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
