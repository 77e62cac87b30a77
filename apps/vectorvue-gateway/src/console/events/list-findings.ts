import type { ReaderScope } from '../../store/as-reader.ts';
import type { Queryable } from '../../store/database.ts';
import type { Cursor, Page } from '../../store/read/page.ts';
import { utcText } from '../../store/read/page.ts';
import { type WalkCondition, walkBack } from '../../store/read/walk-back.ts';
import { conditionsOn, type EventFilters } from './list-events.ts';

export interface FindingListQuery extends EventFilters {
  readonly scope: ReaderScope;
  readonly status: string | null;
  readonly after: Cursor | null;
  readonly limit: number;
}

export interface FindingItem {
  readonly last_seen: string;
  readonly first_seen: string;
  readonly tenant_id: string;
  readonly operator_id: string;
  readonly finding_id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly campaign_id: string;
  readonly severity: string;
  readonly status: string;
  readonly asset_ref: string | null;
  readonly target_urn: string | null;
  readonly techniques: readonly string[];
  readonly execution_fingerprint: string;
  readonly attestation_measurement_hash: string;
  readonly reason: string | null;
  readonly changed_by: string | null;
  readonly changed_at: string | null;
}

const COLUMNS = `${utcText('item.last_seen')} AS last_seen, ${utcText('item.first_seen')} AS first_seen, item.tenant_id,
  item.operator_id, item.finding_id, item.event_id, event.event_type, item.campaign_id, item.severity, item.status,
  item.asset_ref, item.target_urn, event.techniques, item.execution_fingerprint, item.attestation_measurement_hash,
  item.reason, item.changed_by, ${utcText('item.changed_at')} AS changed_at`;

/**
 * A finding and its event, which has its techniques. Both ways lead from one to the other by a primary key
 * (PROTOCOL.md section 12: the id of a finding is that of its event): from the newest findings to their events, and from
 * the events of a hash to their findings.
 */
export const FINDING_AND_EVENT = `findings AS item JOIN events AS event ON event.tenant_id = item.tenant_id
  AND event.operator_id = item.operator_id AND event.event_id = item.event_id COLLATE "C"
  AND item.finding_id = 'fnd-' || event.event_id`;

/** Findings, last seen first. */
export function listConsoleFindings(db: Queryable, query: FindingListQuery): Promise<Page<FindingItem>> {
  const status: readonly WalkCondition[] =
    query.status === null ? [] : [{ sql: (parameter) => `item.status = ${parameter}::text`, value: query.status }];
  return walkBack<FindingItem>(db, {
    from: FINDING_AND_EVENT,
    columns: COLUMNS,
    time: 'last_seen',
    id: 'finding_id',
    tenants: query.scope,
    conditions: [...conditionsOn('item', 'event', query), ...status],
    way: query.fingerprint !== null || query.attestation !== null ? 'direct' : 'walked',
    since: query.from,
    until: query.to,
    after: query.after,
    limit: query.limit,
  });
}
