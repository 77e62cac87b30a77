import type { AuditDraft } from '../audit/append.ts';
import { appendAudit } from '../audit/append.ts';
import { type ReaderScope, transactionAsReader } from '../store/as-reader.ts';
import { actorOf, draftOf } from './audit-console.ts';
import type { ConsoleParts } from './console-parts.ts';
import type { ChangeNote, ConsoleContext, ConsoleSession } from './context.ts';
import { Refused, refusal } from './refusal.ts';

/** What one call may do: the session's tenants are the only ones that it can name. */
export function openContext(
  parts: ConsoleParts,
  call: {
    readonly session: ConsoleSession;
    readonly requestId: string;
    readonly reason: string;
    readonly signal: AbortSignal;
  },
): ConsoleContext {
  const { session, requestId, reason, signal } = call;
  const author = { actor: actorOf(session), reason, nowMs: parts.clock.now() };
  const requireTenant = (tenant: string | null): void => {
    if (session.tenants === 'all-tenants') return;
    if (tenant === null || !session.tenants.includes(tenant.toLowerCase())) {
      throw new Refused(refusal('tenant_forbidden', 'this session is not for that tenant'));
    }
  };
  return {
    session,
    requestId,
    author,
    signal,
    store: parts.writes,
    gateway: parts.gateway,
    log: parts.logger,
    now: () => parts.clock.now(),
    requireTenant,
    read: (tenant, work) => {
      if (tenant !== null && tenant !== undefined) requireTenant(tenant);
      const scope: ReaderScope =
        tenant === null || tenant === undefined ? session.tenants : [tenant.toLowerCase()];
      return transactionAsReader(parts.reads, scope, (db) => work(db, scope));
    },
    change: async (tenant, work) => {
      requireTenant(tenant);
      return parts.writes.transaction(async (tx) => {
        const drafts: AuditDraft[] = [];
        const value = await work({
          query: (statement, parameters) => tx.query(statement, parameters),
          record: (note: ChangeNote) => void drafts.push(draftOf(note, author, requestId)),
        });
        if (drafts.length === 0) throw new Error('a change of the console recorded nothing');
        await appendAudit(tx, drafts);
        return value;
      });
    },
  };
}
