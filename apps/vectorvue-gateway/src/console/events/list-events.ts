import type { ReaderScope } from '../../store/as-reader.ts';
import type { Queryable } from '../../store/database.ts';
import { type Cursor, type Page, utcText } from '../../store/read/page.ts';
import {
  type LookRows,
  looksUntil,
  type Walk,
  type WalkCondition,
  walkBack,
} from '../../store/read/walk-back.ts';

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

/** Of `events AS item`. */
export const EVENT_COLUMNS: string = `${utcText('item.accepted_at')} AS accepted_at,
  item.tenant_id, item.operator_id, item.event_id, item.event_type, item.source_system, item.severity,
  item.campaign_id, item.asset_ref, item.target_urn, item.observed_at_text AS observed_at, item.observed_at_assumed,
  item.techniques, item.execution_hash, item.attestation_measurement_hash, item.attestation_synthetic,
  item.fingerprint_verified, item.intent_id, item.request_id`;

/** Rows of a look: looked at one by one, or in blocks most of which are left out. */
const WALKED = { first: 10_000, next: 20_000 };
const PRUNED = { first: 10_000, next: 50_000 };

/**
 * Accepted events, newest first. Hashes are found by the index events_by_value (migration event-lists) wherever they are.
 * @param now milliseconds of a clock that only goes forward. @param rows tests look back less.
 */
export function listConsoleEvents(
  db: Queryable,
  query: EventListQuery,
  now: () => number,
  rows?: LookRows,
): Promise<Page<EventItem>> {
  const hashes = query.fingerprint !== null || query.attestation !== null;
  const pruned = query.campaign !== null || query.operator !== null;
  const walk: Walk = {
    table: 'events',
    from: 'events AS item',
    columns: EVENT_COLUMNS,
    time: 'accepted_at',
    id: 'event_id',
    tenants: query.scope,
    conditions: conditionsOn('execution_hash', 'item', query),
    way: hashes ? 'direct' : pruned ? 'pruned' : 'walked',
    since: query.from,
    until: query.to,
    after: query.after,
    limit: query.limit,
  };
  return walkBack<EventItem>(db, walk, looksUntil(now, rows ?? (pruned ? PRUNED : WALKED)));
}

/** @param fingerprint what `item` calls its execution fingerprint. @param event alias of the row with techniques. */
export function conditionsOn(
  fingerprint: string,
  event: string,
  filters: EventFilters,
): readonly WalkCondition[] {
  const conditions: WalkCondition[] = [];
  const equal = (column: string, value: string | null) => {
    if (value !== null) conditions.push({ sql: (parameter) => `${column} = ${parameter}::text`, value });
  };
  equal('item.campaign_id', filters.campaign);
  equal('item.operator_id', filters.operator);
  equal('item.severity', filters.severity);
  equal(`item.${fingerprint}`, filters.fingerprint);
  equal('item.attestation_measurement_hash', filters.attestation);
  if (filters.technique !== null) {
    // A parent technique means its sub-techniques, too: nobody who asks for T1059 wants T1059.001 left out.
    const { technique: value } = filters;
    conditions.push({
      value,
      sql: (parameter) =>
        value.includes('.')
          ? `${parameter}::text = ANY (${event}.techniques)`
          : // The form of a technique makes this exact: nothing else contains one.
            `strpos(array_to_string(${event}.techniques, ' '), ${parameter}::text) > 0`,
    });
  }
  return conditions;
}
