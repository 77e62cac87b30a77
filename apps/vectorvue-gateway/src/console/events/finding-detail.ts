import type { Queryable, Statement } from '../../store/database.ts';
import { utcText } from '../../store/read/page.ts';
import { subjectOf } from './event-detail.ts';
import { FINDING_AND_EVENT, FINDING_COLUMNS, type FindingItem } from './list-findings.ts';

export interface FindingKey {
  readonly tenant: string;
  readonly operator: string;
  readonly finding: string;
}

/** A change of its status, as the audit log has it. */
export interface FindingChange {
  readonly sequence: number;
  readonly recorded_at: string;
  readonly step: 'close' | 'suppress' | 'reopen';
  readonly actor: string;
  readonly reason: string | null;
}

const FINDING: Statement = {
  name: 'console-finding-v1',
  text: `SELECT ${FINDING_COLUMNS}, event.request_id
FROM ${FINDING_AND_EVENT}
WHERE item.tenant_id = $1 AND item.operator_id = $2 AND item.finding_id = $3`,
};
/** By the index audit_of_findings, which holds nothing else; the disclosure says which finding it is about. */
const CHANGES: Statement = {
  name: 'console-finding-changes-v1',
  text: `SELECT sequence, ${utcText('recorded_at')} AS recorded_at, action, actor, disclosure
FROM audit_log
WHERE tenant_id = $1 AND action IN ('finding.close', 'finding.suppress', 'finding.reopen')
  AND strpos(disclosure, $2) > 0
ORDER BY sequence DESC LIMIT 200`,
};

export async function findFinding(
  db: Queryable,
  key: FindingKey,
): Promise<(FindingItem & { readonly request_id: string }) | null> {
  const [row] = await db.query<FindingItem & { request_id: string }>(FINDING, [
    key.tenant,
    key.operator,
    key.finding,
  ]);
  return row ?? null;
}

interface ChangeRow {
  readonly sequence: number;
  readonly recorded_at: string;
  readonly action: string;
  readonly actor: string;
  readonly disclosure: string;
}

/** Newest first. What retention has erased of the log is not among them. */
export async function listFindingChanges(db: Queryable, key: FindingKey): Promise<readonly FindingChange[]> {
  const rows = await db.query<ChangeRow>(CHANGES, [key.tenant, key.finding]);
  return rows.flatMap(({ sequence, recorded_at, action, actor, disclosure }) => {
    const about = aboutOf(disclosure);
    if (about?.subject !== key.finding || operatorOf(disclosure) !== key.operator) return [];
    const step = action.slice('finding.'.length) as FindingChange['step'];
    return [{ sequence, recorded_at, step, actor, reason: about.reason }];
  });
}

/** What was changed and why, as `describeSubject` wrote it. */
function aboutOf(disclosure: string): { readonly subject: string; readonly reason: string | null } | null {
  const text = subjectOf(disclosure);
  if (text === null) return null;
  try {
    const { subject, reason } = JSON.parse(text) as { subject?: unknown; reason?: unknown };
    if (typeof subject !== 'string') return null;
    return { subject, reason: typeof reason === 'string' ? reason : null };
  } catch {
    return null;
  }
}

function operatorOf(disclosure: string): string | null {
  try {
    const value: unknown = (JSON.parse(disclosure) as { operator_id?: { value?: unknown } }).operator_id
      ?.value;
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
