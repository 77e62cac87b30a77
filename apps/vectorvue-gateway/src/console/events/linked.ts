import type { ReaderScope } from '../../store/as-reader.ts';
import type { Queryable, Statement } from '../../store/database.ts';
import { utcText } from '../../store/read/page.ts';
import { type EventFilters, type EventItem, listConsoleEvents } from './list-events.ts';
import { type FindingItem, listConsoleFindings } from './list-findings.ts';

export interface LinkedGraph {
  readonly accepted_at: string;
  readonly request_id: string;
  readonly operator_id: string;
  readonly target_urn: string;
  readonly node_count: number;
  readonly execution_fingerprint: string;
  readonly attestation_measurement_hash: string;
}

export interface LinkedAdjustment {
  readonly adjustment_id: number;
  readonly target_urn: string;
  readonly action: string;
  readonly cause: string;
  readonly cause_id: string;
  readonly issued_at: string;
  readonly expires_at: string;
  readonly withdrawn_at: string | null;
  readonly execution_fingerprint: string;
  readonly attestation_measurement_hash: string;
}

/** At most so many of each kind; the lists have the rest. */
export const LINKED_MOST = 20;

const GRAPHS: Statement = {
  name: 'console-linked-graphs-v1',
  text: `SELECT ${utcText('accepted_at')} AS accepted_at, request_id, operator_id, target_urn, node_count,
  execution_fingerprint, attestation_measurement_hash
FROM graphs
WHERE tenant_id = $1 AND (execution_fingerprint = $2 OR attestation_measurement_hash = $3)
ORDER BY graphs.accepted_at DESC, request_id DESC LIMIT $4`,
};
const ADJUSTMENTS: Statement = {
  name: 'console-linked-adjustments-v1',
  text: `SELECT adjustment_id, target_urn, action, cause, cause_id, ${utcText('to_timestamp(issued_at)')} AS issued_at,
  ${utcText('to_timestamp(expires_at)')} AS expires_at, ${utcText('withdrawn_at')} AS withdrawn_at,
  execution_fingerprint, attestation_measurement_hash
FROM adjustments
WHERE tenant_id = $1 AND (execution_fingerprint = $2 OR attestation_measurement_hash = $3)
ORDER BY adjustments.issued_at DESC, adjustment_id DESC LIMIT $4`,
};

export interface Linked {
  readonly events: readonly EventItem[];
  readonly findings: readonly FindingItem[];
  readonly graphs: readonly LinkedGraph[];
  readonly adjustments: readonly LinkedAdjustment[];
}

/**
 * Everything of a tenant that has the same execution fingerprint or the same attestation hash (PROTOCOL.md section 11: the
 * hash travels from the report to the policy, and every station can be asked for it). One more than `LINKED_MOST` of each.
 */
export async function readLinked(
  db: Queryable,
  scope: ReaderScope,
  key: { readonly tenant: string; readonly fingerprint: string; readonly attestation: string },
  now: () => number,
): Promise<Linked> {
  const limit = LINKED_MOST + 1;
  const byFingerprint = { ...NO_FILTERS, fingerprint: key.fingerprint, scope, after: null, limit };
  const byAttestation = { ...NO_FILTERS, attestation: key.attestation, scope, after: null, limit };
  const events = [
    ...(await listConsoleEvents(db, byFingerprint, now)).rows,
    ...(await listConsoleEvents(db, byAttestation, now)).rows,
  ];
  const findings = [
    ...(await listConsoleFindings(db, { ...byFingerprint, status: null }, now)).rows,
    ...(await listConsoleFindings(db, { ...byAttestation, status: null }, now)).rows,
  ];
  const parameters = [key.tenant, key.fingerprint, key.attestation, limit];
  return {
    events: newest(events, (row) => `${row.accepted_at} ${row.operator_id} ${row.event_id}`),
    findings: newest(findings, (row) => `${row.last_seen} ${row.operator_id} ${row.finding_id}`),
    graphs: await db.query<LinkedGraph>(GRAPHS, parameters),
    adjustments: await db.query<LinkedAdjustment>(ADJUSTMENTS, parameters),
  };
}

const NO_FILTERS: EventFilters = {
  campaign: null,
  operator: null,
  severity: null,
  technique: null,
  fingerprint: null,
  attestation: null,
  from: null,
  to: null,
};

/** Both lists as one, each row once, newest first. */
function newest<Row>(rows: readonly Row[], keyOf: (row: Row) => string): readonly Row[] {
  const byKey = new Map(rows.map((row) => [keyOf(row), row] as const));
  return [...byKey.entries()]
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .slice(0, LINKED_MOST + 1)
    .map(([, row]) => row);
}
