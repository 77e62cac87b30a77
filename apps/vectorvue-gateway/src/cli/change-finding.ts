import { v7 as uuidv7 } from 'uuid';
import { appendAudit } from '../audit/append.ts';
import type { Database, Statement } from '../store/database.ts';
import { describeSubject } from '../trust/trust-audit.ts';
import type { ChangeAuthor } from '../trust/trust-change.ts';
import { CommandRefused } from './command.ts';

export type FindingStep = 'close' | 'suppress' | 'reopen';

export interface FindingKey {
  readonly tenantId: string;
  readonly findingId: string;
  /** null: the only operator of the tenant that has such a finding. */
  readonly operatorId: string | null;
}

interface FindingState {
  readonly operator_id: string;
  readonly severity: string;
  readonly status: string;
}

const SELECT_FINDING: Statement = {
  name: 'finding-for-change-v1',
  text: `SELECT operator_id, severity, status FROM findings
WHERE tenant_id = $1 AND finding_id = $2 AND ($3::text IS NULL OR operator_id = $3::text)
ORDER BY operator_id LIMIT 2 FOR UPDATE`,
};
const UPDATE_FINDING: Statement = {
  name: 'finding-change-v1',
  text: `UPDATE findings SET status = $4, reason = $5, changed_by = $6, changed_at = $7
WHERE tenant_id = $1 AND operator_id = $2 AND finding_id = $3`,
};
const WITHDRAW: Statement = {
  name: 'finding-withdraw-adjustments-v1',
  text: `UPDATE adjustments SET withdrawn_at = $3
WHERE tenant_id = $1 AND cause = 'finding' AND cause_id = $2 AND withdrawn_at IS NULL
RETURNING adjustment_id`,
};

/**
 * Closes, suppresses or reopens a finding (PROTOCOL.md section 12), with its reason and its audit entry, in one
 * transaction. What a closed or suppressed finding caused is withdrawn; a reopened one causes anew at the next query.
 */
export function changeFinding(
  db: Database,
  author: ChangeAuthor & { readonly reason: string },
  key: FindingKey,
  step: FindingStep,
): Promise<{ readonly operatorId: string; readonly status: string; readonly withdrawn: number }> {
  return db.transaction(async (tx) => {
    const found = await tx.query<FindingState>(SELECT_FINDING, [key.tenantId, key.findingId, key.operatorId]);
    const [finding] = found;
    if (finding === undefined) throw new CommandRefused('finding_unknown', 'this tenant has no such finding');
    if (found.length > 1) {
      throw new CommandRefused(
        'finding_ambiguous',
        'several operators of this tenant have it; say --operator',
      );
    }
    const status = nextStatus(finding, step);
    const { operator_id: operatorId } = finding;
    const now = new Date(author.nowMs);
    await tx.query(UPDATE_FINDING, [
      key.tenantId,
      operatorId,
      key.findingId,
      status,
      author.reason,
      author.actor,
      now,
    ]);
    const living = status === 'open' || status === 'triaged';
    const withdrawn = living
      ? []
      : await tx.query(WITHDRAW, [key.tenantId, `${operatorId}/${key.findingId}`, now]);
    await appendAudit(tx, [
      {
        requestId: uuidv7(),
        class: 'administration',
        action: `finding.${step}`,
        actor: author.actor,
        code: 'changed',
        subject: describeSubject(key.findingId, author.reason),
        operatorId,
        tenantId: key.tenantId,
        kid: null,
        peerSha256: null,
        evidenceSha256: null,
      },
    ]);
    return { operatorId, status, withdrawn: withdrawn.length };
  });
}

function nextStatus(finding: FindingState, step: FindingStep): string {
  const ended = finding.status === 'closed' || finding.status === 'suppressed';
  if (step === 'reopen') {
    if (!ended)
      throw new CommandRefused(
        'finding_state',
        `the finding is ${finding.status}; there is nothing to reopen`,
      );
    // What it was when it was made: PROTOCOL.md section 12.
    return finding.severity === 'high' || finding.severity === 'critical' ? 'open' : 'triaged';
  }
  const status = step === 'close' ? 'closed' : 'suppressed';
  if (finding.status === status)
    throw new CommandRefused('finding_state', `the finding is ${status} already`);
  return status;
}
