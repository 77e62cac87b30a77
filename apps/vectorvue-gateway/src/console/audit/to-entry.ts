import { isObject, parseObject } from '@nyxera/federation-protocol/audit-proof';
import type { z } from 'zod';
import { levelOf } from '../../audit/classify.ts';
import type { FoundEntry } from '../../store/read/search-audit.ts';
import type { auditDetailSchema, auditEntrySchema } from './audit-schema.ts';

type AuditEntry = z.input<typeof auditEntrySchema>;

/** A stored entry as lists show it: with what is disclosed beside it, which `audit list` shows to whoever may see the row. */
export function toAuditEntry(row: FoundEntry): AuditEntry {
  const disclosure = parseObject(row.disclosure);
  return {
    sequence: row.sequence,
    recorded_at: row.recorded_at.toISOString(),
    class: row.class,
    level: levelOf(row.class, row.code),
    action: row.action,
    actor: row.actor,
    code: row.code,
    tenant: row.tenant_id,
    operator: disclosed(disclosure?.operator_id),
    subject: disclosed(disclosure?.subject),
    request_id: row.request_id,
    kid: row.kid,
    leaf_hash: row.leaf_hash,
    pruned_by: row.pruned_by,
  };
}

export function toAuditDetail(row: FoundEntry): z.input<typeof auditDetailSchema> {
  const { peer_sha256, entry, disclosure } = row;
  return { ...toAuditEntry(row), peer_sha256, entry, disclosure };
}

function disclosed(member: unknown): string | null {
  return isObject(member) && typeof member.value === 'string' ? member.value : null;
}
