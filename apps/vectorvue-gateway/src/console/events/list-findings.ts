import type { ReaderScope } from '../../store/as-reader.ts';
import type { Queryable } from '../../store/database.ts';
import type { Cursor, Page } from '../../store/read/page.ts';
import { utcText } from '../../store/read/page.ts';
import {
  type LookRows,
  looksUntil,
  type Walk,
  type WalkCondition,
  walkBack,
} from '../../store/read/walk-back.ts';
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

/** Of FINDING_AND_EVENT. */
export const FINDING_COLUMNS: string = `${utcText('item.last_seen')} AS last_seen, ${utcText('item.first_seen')} AS first_seen, item.tenant_id,
  item.operator_id, item.finding_id, item.event_id, event.event_type, item.campaign_id, item.severity, item.status,
  item.asset_ref, item.target_urn, event.techniques, item.execution_fingerprint, item.attestation_measurement_hash,
  item.reason, item.changed_by, ${utcText('item.changed_at')} AS changed_at`;

/**
 * A finding and its event, which has its techniques. OFFSET 0: found one by one by its primary key, however many the
 * planner fears there are.
 */
export const FINDING_AND_EVENT = `findings AS item, LATERAL (SELECT * FROM events AS event
    WHERE event.tenant_id = item.tenant_id AND event.operator_id = item.operator_id
      AND event.event_id = item.event_id COLLATE "C" OFFSET 0) AS event`;

/** Rows of a look; fewer where each is asked for its event. */
const WALKED = { first: 10_000, next: 20_000 };
const BY_EVENT = { first: 5_000, next: 5_000 };

/** Findings, last seen first. @param now, rows as those of events. */
export function listConsoleFindings(
  db: Queryable,
  query: FindingListQuery,
  now: () => number,
  rows?: LookRows,
): Promise<Page<FindingItem>> {
  const isDirect = query.fingerprint !== null || query.attestation !== null;
  const status: readonly WalkCondition[] =
    query.status === null
      ? []
      : [{ sql: (parameter) => `item.status = ${parameter}::text`, value: query.status }];
  const walk: Walk = {
    table: 'findings',
    from: FINDING_AND_EVENT,
    columns: FINDING_COLUMNS,
    time: 'last_seen',
    id: 'finding_id',
    tenants: query.scope,
    conditions: [...conditionsOn('execution_fingerprint', 'event', query), ...status],
    way: isDirect ? 'direct' : 'walked',
    since: query.from,
    until: query.to,
    after: query.after,
    limit: query.limit,
  };
  return walkBack<FindingItem>(
    db,
    walk,
    looksUntil(now, rows ?? (query.technique === null ? WALKED : BY_EVENT)),
  );
}
