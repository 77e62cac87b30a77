import type { Queryable, Statement } from '../database.ts';
import { utcText } from './page.ts';

/** An event with the evidence it points to: the exact signed bytes and what vouches for them. */
export interface StoredEvent {
  readonly tenant_id: string;
  readonly operator_id: string;
  readonly event_id: string;
  readonly request_id: string;
  readonly evidence_index: number;
  readonly accepted_at: string;
  readonly content_hash: Uint8Array;
  readonly campaign_id: string;
  readonly execution_hash: string;
  /** null from here on: the evidence has been removed by retention. */
  readonly endpoint: string | null;
  readonly identity: string | null;
  readonly peer_sha256: string | null;
  readonly kid: string | null;
  readonly public_key: Uint8Array | null;
  readonly signature: Uint8Array | null;
  readonly header_timestamp: number | null;
  readonly nonce: string | null;
  readonly body: Uint8Array | null;
  readonly body_sha256: Uint8Array | null;
  /** State of that key in the keyring today; null: it is not there. */
  readonly key_state: string | null;
}

/** At most two: the caller wants to know whether the id is ambiguous between operators. */
const FIND_EVENT: Statement = {
  name: 'read-find-event-v1',
  text: `SELECT event.tenant_id, event.operator_id, event.event_id, event.request_id, event.evidence_index,
  ${utcText('event.accepted_at')} AS accepted_at, event.content_hash, event.campaign_id, event.execution_hash,
  evidence.endpoint, evidence.identity, evidence.peer_sha256, evidence.kid, evidence.public_key, evidence.signature,
  evidence.header_timestamp, evidence.nonce, evidence.body, evidence.body_sha256,
  (SELECT state FROM keys WHERE keys.owner = evidence.identity AND keys.purpose = 'telemetry'
      AND keys.public_key = evidence.public_key
    ORDER BY keys.kid = evidence.kid DESC LIMIT 1) AS key_state
FROM events AS event
LEFT JOIN evidence ON evidence.tenant_id = event.tenant_id AND evidence.request_id = event.request_id
WHERE event.tenant_id = $1 AND event.event_id = $2 AND ($3::text IS NULL OR event.operator_id = $3::text)
ORDER BY event.operator_id
LIMIT 2`,
};

export function findEvent(
  db: Queryable,
  key: { readonly tenantId: string; readonly eventId: string; readonly operatorId: string | null },
): Promise<readonly StoredEvent[]> {
  return db.query<StoredEvent>(FIND_EVENT, [key.tenantId, key.eventId, key.operatorId]);
}
