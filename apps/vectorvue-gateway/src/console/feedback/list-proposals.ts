import type { ReaderScope } from '../../store/as-reader.ts';
import type { Queryable } from '../../store/database.ts';
import { type Cursor, type Page, toPage, utcText } from '../../store/read/page.ts';
import { chooseScoped, scopedPage } from './of-scope.ts';

/** `expired`: nobody decided on it in time. */
export type ProposalState = 'pending' | 'approved' | 'declined' | 'retracted' | 'expired';

export interface ListedProposal {
  readonly tenant_id: string;
  readonly proposal_id: string;
  readonly state: ProposalState;
  readonly change: 'issue' | 'shorten' | 'withdraw';
  readonly adjustment_id: number | null;
  readonly action: string;
  readonly target_urn: string;
  /** JSON: what is to be issued, or until when it is to be shortened. */
  readonly draft: string;
  readonly proposed_by: string;
  readonly proposed_at: string;
  readonly reason: string;
  readonly expires_at: string;
  readonly decided_by: string | null;
  readonly decided_at: string | null;
  readonly decision_reason: string | null;
}

/** $2 is now. */
const PAGE = scopedPage({
  name: 'console-proposals-v1',
  table: 'adjustment_proposals',
  columns: `row.tenant_id, row.proposal_id,
  CASE WHEN row.state = 'pending' AND row.expires_at <= $2::timestamptz THEN 'expired' ELSE row.state END AS state,
  row.change, row.adjustment_id, row.action, row.target_urn, row.draft, row.proposed_by,
  ${utcText('row.proposed_at')} AS proposed_at, row.reason, ${utcText('row.expires_at')} AS expires_at,
  row.decided_by, ${utcText('row.decided_at')} AS decided_at, row.decision_reason`,
  where: `($3::timestamptz IS NULL OR (proposed_at, tenant_id, proposal_id) < ($3::timestamptz, $4::text, $5::uuid))
      AND ($6::text IS NULL OR CASE $6::text
             WHEN 'pending' THEN state = 'pending' AND expires_at > $2::timestamptz
             WHEN 'expired' THEN state = 'pending' AND expires_at <= $2::timestamptz
             ELSE state = $6::text END)
      AND ($7::bigint IS NULL OR adjustment_id = $7::bigint)`,
  order: ['proposed_at', 'tenant_id', 'proposal_id'],
  limit: '$8',
});

export interface ProposalQuery {
  readonly nowMs: number;
  readonly state: ProposalState | null;
  readonly adjustmentId: number | null;
  readonly after: Cursor | null;
  readonly limit: number;
}

/** Cursor: proposed_at, tenant, proposal. */
export const PROPOSAL_CURSOR_PARTS = 3;

export async function listProposals(
  db: Queryable,
  scope: ReaderScope,
  query: ProposalQuery,
): Promise<Page<ListedProposal>> {
  const [statement, tenants] = chooseScoped(PAGE, scope);
  const [proposed = null, tenant = null, proposal = null] = query.after ?? [];
  const rows = await db.query<ListedProposal>(statement, [
    tenants,
    new Date(query.nowMs),
    proposed,
    tenant,
    proposal,
    query.state,
    query.adjustmentId,
    query.limit + 1,
  ]);
  return toPage(rows, query.limit, (row) => [row.proposed_at, row.tenant_id, row.proposal_id]);
}
