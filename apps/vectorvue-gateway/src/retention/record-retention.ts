import { canonicalizeCompat, type JsonObject } from '@nyxera/federation-protocol';
import { v7 as uuidv7 } from 'uuid';
import { entryFragments, makeCommitments } from '../audit/entry.ts';
import type { Queryable } from '../store/database.ts';
import { RECORD_RETENTION } from '../store/sql/retention.ts';

export interface RetentionRecord {
  readonly action: 'retention.prune' | 'retention.rule';
  readonly actor: string;
  /** Lower case and underscores. */
  readonly code: string;
  readonly tenantId: string | null;
  /** What was done and why; committed to and disclosed as canonical JSON. */
  readonly subject: JsonObject;
}

/** Appends an administration entry about retention in the caller's transaction. @returns its request id. */
export async function recordRetention(tx: Queryable, record: RetentionRecord): Promise<string> {
  const { action, actor, code, tenantId } = record;
  const requestId = uuidv7();
  const draft = {
    requestId,
    action,
    actor,
    tenantId,
    operatorId: null,
    subject: canonicalizeCompat(record.subject),
    evidenceSha256: null,
    kid: null,
    peerSha256: null,
  };
  const { head, middle, disclosure } = entryFragments(draft, makeCommitments(draft));
  await tx.query(RECORD_RETENTION, [requestId, action, actor, tenantId, code, head, middle, disclosure]);
  return requestId;
}
