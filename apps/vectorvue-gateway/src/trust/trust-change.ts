import { appendAudit } from '../audit/append.ts';
import type { Database, Queryable, SqlValue, Statement } from '../store/database.ts';
import { toAuditDraft } from './trust-audit.ts';

/** Who changes trust, and why. Both end up in the audit log, in the same transaction as the change. */
export interface ChangeAuthor {
  /** `cli:<login name>`, `console:<name>`, `schedule` or `environment`. */
  readonly actor: string;
  /** Free text; null where none was asked for. */
  readonly reason: string | null;
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** The version of trust that the author has looked at: if it is another by now, nothing is changed. */
  readonly atVersion?: number | undefined;
}

/** One line of the audit log about trust; what is null was not concerned. */
export interface ChangeRecord {
  /** `identity.pin`, `key.revoke`, … */
  readonly action: string;
  /** The identity, or the owner of the key, or the tenant. */
  readonly subject: string;
  readonly operatorId?: string;
  readonly tenantId?: string;
  readonly kid?: string;
  readonly peerSha256?: string;
}

/** Why a change was not made. Stable; the message beside it is for humans. */
export type TrustRefusalCode =
  | 'identity_invalid'
  | 'identity_unknown'
  | 'identity_exists'
  | 'identity_unchanged'
  | 'pin_invalid'
  | 'pin_exists'
  | 'pin_unknown'
  | 'spiffe_invalid'
  | 'validity_invalid'
  | 'operator_invalid'
  | 'operator_mapped'
  | 'operator_unknown'
  | 'tenant_invalid'
  | 'tenant_unknown'
  | 'tenant_exists'
  | 'tenant_suspended'
  | 'tenant_unchanged'
  | 'key_invalid'
  | 'key_unknown'
  | 'key_ambiguous'
  | 'key_exists'
  | 'key_state'
  | 'key_revoked'
  | 'key_purpose_taken'
  | 'key_purpose_invalid'
  | 'kid_invalid'
  | 'kid_taken'
  | 'key_file'
  | 'overlap_invalid'
  | 'trust_moved'
  | 'dry_run';

export type TrustResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly code: TrustRefusalCode; readonly detail: string };

/** What a change may do while it holds the lock. */
export interface TrustTransaction {
  readonly author: ChangeAuthor;
  query<Row extends object>(statement: Statement, parameters?: readonly SqlValue[]): Promise<readonly Row[]>;
  record(change: ChangeRecord): void;
}

/** Inside this folder only: rolls the transaction back and becomes a `TrustResult`. Never leaves `changeTrust`. */
class TrustRefused extends Error {
  readonly code: TrustRefusalCode;

  constructor(code: TrustRefusalCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** Ends a change with nothing written, whatever it wrote before: thrown, because only a throw rolls back. */
export function refuse(code: TrustRefusalCode, detail: string): never {
  throw new TrustRefused(code, detail);
}

/** Advisory lock that commits share and trust writers hold alone; the triggers of migration 3 take the same. */
const TRUST_LOCK = 7310100;

/** Who and why, for the history that the database keeps of keys (migration 13); they end with the transaction. */
const LOCK_TRUST: Statement = {
  name: 'trust-lock-exclusive-v2',
  text: `SELECT pg_advisory_xact_lock($1), set_config('vectorvue.actor', $2, true), set_config('vectorvue.reason', $3, true)`,
};

const VERSION: Statement = { name: 'trust-version-v1', text: 'SELECT version FROM trust_state' };

/**
 * The only way trust changes: one transaction, under the exclusive trust lock, with its audit entries.
 *
 * The lock is taken before anything is read, so that two writers cannot both find a kid free, and no commit
 * that has compared the version is still under way when a revocation returns (PROTOCOL.md section 5, step 14).
 * Atomic: a refusal or a fault leaves nothing. A change that finds nothing to do runs no writing statement,
 * because the triggers move the version for each statement, also for one that touches no row.
 */
export async function changeTrust<Value>(
  db: Database,
  author: ChangeAuthor,
  work: (tx: TrustTransaction) => Promise<Value>,
): Promise<TrustResult<Value>> {
  try {
    const value = await db.transaction(async (tx: Queryable) => {
      await tx.query(LOCK_TRUST, [TRUST_LOCK, author.actor, author.reason ?? '']);
      if (author.atVersion !== undefined) {
        const [row] = await tx.query<{ version: number }>(VERSION);
        if (row?.version !== author.atVersion) {
          refuse('trust_moved', 'somebody has changed trust meanwhile; look again at what this would do');
        }
      }
      const records: ChangeRecord[] = [];
      const result = await work({
        author,
        query: (statement, parameters) => tx.query(statement, parameters),
        record: (change) => {
          records.push(change);
        },
      });
      if (records.length > 0) {
        await appendAudit(
          tx,
          records.map((change) => toAuditDraft(change, author)),
        );
      }
      return result;
    });
    return { ok: true, value };
  } catch (fault) {
    if (fault instanceof TrustRefused) return { ok: false, code: fault.code, detail: fault.message };
    throw fault;
  }
}
