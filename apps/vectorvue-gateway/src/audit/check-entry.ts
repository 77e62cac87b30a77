import { isObject, openCommitments, parseObject } from '@nyxera/federation-protocol/audit-proof';
import { leafHash } from './entry.ts';

/** A row of audit_log. */
export interface AuditRow {
  readonly sequence: number;
  readonly request_id: string;
  readonly recorded_at: Date;
  readonly class: string;
  readonly action: string;
  readonly actor: string;
  readonly tenant_id: string | null;
  readonly code: string;
  readonly kid: string | null;
  readonly peer_sha256: string | null;
  readonly entry: string;
  readonly disclosure: string;
  readonly leaf_hash: Uint8Array;
  readonly pruned_by: string | null;
}

export interface EntryFault {
  readonly kind: 'wrong_leaf' | 'wrong_entry' | 'wrong_disclosure';
  readonly detail: string;
}

export type EntryCheck =
  /** `undisclosed`: commitments whose value is no longer kept (erased on purpose; the leaf still stands). */
  { readonly ok: true; readonly undisclosed: number } | { readonly ok: false; readonly fault: EntryFault };

/** One entry against its hash, its columns and its disclosure. The row is untrusted: nothing in it may throw. */
export function checkEntry(row: AuditRow): EntryCheck {
  if (row.pruned_by !== null) return checkPruned(row);
  if (!Buffer.from(leafHash(row.entry)).equals(row.leaf_hash)) {
    return wrong('wrong_leaf', 'the leaf hash is not that of the entry');
  }
  const entry = parseObject(row.entry);
  if (entry === null) return wrong('wrong_entry', 'the entry is not a JSON object');
  const columns: Readonly<Record<string, unknown>> = {
    action: row.action,
    actor: row.actor,
    class: row.class,
    code: row.code,
    kid: row.kid,
    peer_sha256: row.peer_sha256,
    recorded_at: row.recorded_at.toISOString(),
    request_id: row.request_id,
    sequence: row.sequence,
    v: 1,
  };
  for (const [member, value] of Object.entries(columns)) {
    if (entry[member] !== value)
      return wrong('wrong_entry', `its column says another ${member} than the entry`);
  }
  return checkDisclosure(row, entry.commitments);
}

/**
 * Of a pruned entry the leaf hash stands, which the tree verifies. What would still be said of it beside that, nothing
 * would vouch for.
 */
function checkPruned({ entry, disclosure, action, actor, code, kid, peer_sha256 }: AuditRow): EntryCheck {
  const silent = entry === '' && disclosure === '{}' && action === '' && actor === '' && code === '';
  if (silent && kid === null && peer_sha256 === null) return { ok: true, undisclosed: 0 };
  return wrong('wrong_entry', 'it is marked as pruned and still says something');
}

function checkDisclosure(row: AuditRow, commitments: unknown): EntryCheck {
  const opened = openCommitments(commitments, row.disclosure);
  if (!opened.ok || !isObject(commitments)) {
    const member = opened.ok ? '' : opened.member;
    const what =
      member === ''
        ? 'commitments or disclosure are not JSON objects'
        : `what is disclosed as ${member} is not what the entry committed to`;
    return wrong('wrong_disclosure', what);
  }
  const { disclosure } = opened;
  const tenant = disclosure.tenant_id;
  const disclosedTenant = isObject(tenant) ? tenant.value : null;
  if (
    'tenant_id' in disclosure
      ? disclosedTenant !== row.tenant_id
      : 'tenant_id' in commitments !== (row.tenant_id !== null)
  ) {
    return wrong('wrong_disclosure', 'its column says another tenant_id than the disclosure');
  }
  const undisclosed = Object.keys(commitments).filter((member) => !(member in disclosure)).length;
  return { ok: true, undisclosed };
}

function wrong(kind: EntryFault['kind'], detail: string): EntryCheck {
  return { ok: false, fault: { kind, detail } };
}
