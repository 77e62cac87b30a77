import type { ReaderScope } from '../../store/as-reader.ts';
import type { Queryable } from '../../store/database.ts';
import type { Cursor, Page } from '../../store/read/page.ts';
import { type WalkCondition, walkBack } from '../../store/read/walk-back.ts';

/** Filters of events, and of findings, which have a status besides. null: not asked for. */
export interface EventFilters {
  readonly campaign: string | null;
  readonly operator: string | null;
  readonly severity: string | null;
  /** In upper case. */
  readonly technique: string | null;
  /** Execution fingerprint, lower-case hex. */
  readonly fingerprint: string | null;
  /** Attestation measurement hash, lower-case hex. */
  readonly attestation: string | null;
  readonly from: string | null;
  readonly to: string | null;
}

export interface EventListQuery extends EventFilters {
  readonly scope: ReaderScope;
  readonly after: Cursor | null;
  readonly limit: number;
}

export interface EventItem {
  readonly accepted_at: string;
  readonly tenant_id: string;
  readonly operator_id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly source_system: string;
  readonly severity: string;
  readonly campaign_id: string;
  readonly asset_ref: string | null;
  readonly target_urn: string | null;
  readonly observed_at: string;
  readonly observed_at_assumed: boolean;
  readonly techniques: readonly string[];
  readonly execution_hash: string;
  readonly attestation_measurement_hash: string;
  readonly attestation_synthetic: boolean;
  readonly fingerprint_verified: boolean | null;
  readonly intent_id: string | null;
  readonly request_id: string;
}

const COLUMNS = `to_char(item.accepted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS accepted_at,
  item.tenant_id, item.operator_id, item.event_id, item.event_type, item.source_system, item.severity,
  item.campaign_id, item.asset_ref, item.target_urn, item.observed_at_text AS observed_at, item.observed_at_assumed,
  item.techniques, item.execution_hash, item.attestation_measurement_hash, item.attestation_synthetic,
  item.fingerprint_verified, item.intent_id, item.request_id`;

/** Accepted events, newest first. Hashes are found by the index events_by_value (migration 20) wherever they are. */
export function listConsoleEvents(db: Queryable, query: EventListQuery): Promise<Page<EventItem>> {
  const hashes = query.fingerprint !== null || query.attestation !== null;
  const pruned = query.campaign !== null || query.operator !== null;
  return walkBack<EventItem>(db, {
    from: 'events AS item',
    columns: COLUMNS,
    time: 'accepted_at',
    id: 'event_id',
    tenants: query.scope,
    conditions: conditionsOn('item', 'item', query),
    way: hashes ? 'direct' : pruned ? 'pruned' : 'walked',
    since: query.from,
    until: query.to,
    after: query.after,
    limit: query.limit,
  });
}

/** @param item alias of the row with campaign, operator and severity. @param event alias of the event. */
export function conditionsOn(item: string, event: string, filters: EventFilters): readonly WalkCondition[] {
  const conditions: WalkCondition[] = [];
  const equal = (column: string, value: string | null) => {
    if (value !== null) conditions.push({ sql: (parameter) => `${column} = ${parameter}::text`, value });
  };
  equal(`${item}.campaign_id`, filters.campaign);
  equal(`${item}.operator_id`, filters.operator);
  equal(`${item}.severity`, filters.severity);
  equal(`${event}.execution_hash`, filters.fingerprint);
  equal(`${event}.attestation_measurement_hash`, filters.attestation);
  if (filters.technique !== null) {
    // A parent technique means its sub-techniques, too: nobody who asks for T1059 wants T1059.001 left out.
    const { technique } = filters;
    conditions.push(
      technique.includes('.')
        ? { sql: (parameter) => `${parameter}::text = ANY (${event}.techniques)`, value: technique }
        : {
            sql: (parameter) =>
              `EXISTS (SELECT FROM unnest(${event}.techniques) AS used WHERE used = ${parameter}::text OR starts_with(used, ${parameter}::text || '.'))`,
            value: technique,
          },
    );
  }
  return conditions;
}
