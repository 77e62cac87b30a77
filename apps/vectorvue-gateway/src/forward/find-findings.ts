import type { Queryable } from '../store/database.ts';
import { FORWARD_FINDINGS } from '../store/sql/forward.ts';
import type { ForwardEntry, ForwardFinding } from './entry.ts';

interface FindingRow {
  readonly tenant_id: string;
  readonly operator_id: string;
  readonly finding_id: string;
  readonly severity: string;
  readonly asset_ref: string | null;
  readonly target_urn: string | null;
  readonly campaign_id: string;
  readonly first_seen: Date;
  readonly event_id: string;
  readonly event_type: string;
  readonly source_system: string;
  readonly techniques: readonly string[];
  readonly tactics: readonly string[];
}

const FINDING_PREFIX = 'fnd-';

/** The findings that accepted events of these entries made, by the sequence of the entry (PROTOCOL.md section 12). */
export async function findFindings(
  db: Queryable,
  entries: readonly ForwardEntry[],
): Promise<ReadonlyMap<number, ForwardFinding>> {
  const accepted = entries.filter(isAcceptedEvent);
  if (accepted.length === 0) return new Map();
  const rows = await db.query<FindingRow>(FORWARD_FINDINGS, [
    accepted.map((entry) => entry.tenantId),
    accepted.map((entry) => entry.operatorId),
    accepted.map((entry) => `${FINDING_PREFIX}${entry.subject}`),
  ]);
  const byKey = new Map(rows.map((row) => [keyOf(row.tenant_id, row.operator_id, row.finding_id), row]));
  const found = new Map<number, ForwardFinding>();
  for (const entry of accepted) {
    const row = byKey.get(keyOf(entry.tenantId, entry.operatorId, `${FINDING_PREFIX}${entry.subject}`));
    if (row !== undefined) found.set(entry.sequence, toFinding(row));
  }
  return found;
}

function isAcceptedEvent(entry: ForwardEntry): boolean {
  const isTelemetry = entry.action === 'telemetry' || entry.action === 'telemetry.batch';
  const isKnown = entry.tenantId !== null && entry.operatorId !== null && entry.subject !== null;
  return isTelemetry && entry.code === 'accepted' && isKnown;
}

/** As JSON, so that no member can reach into the next one. */
function keyOf(...parts: readonly (string | null)[]): string {
  return JSON.stringify(parts);
}

function toFinding(row: FindingRow): ForwardFinding {
  return {
    findingId: row.finding_id,
    severity: row.severity,
    assetRef: row.asset_ref,
    targetUrn: row.target_urn,
    campaignId: row.campaign_id,
    firstSeen: row.first_seen,
    eventId: row.event_id,
    eventType: row.event_type,
    sourceSystem: row.source_system,
    techniques: row.techniques,
    tactics: row.tactics,
  };
}
