import type { AuditDraft } from '../audit/append.ts';
import type { LogReader } from '../audit/log-reader.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { Logger } from '../logging.ts';
import type { ReaderScope } from '../store/as-reader.ts';
import type { Database, Queryable } from '../store/database.ts';
import type { ChangeAuthor } from '../trust/trust-change.ts';
import type { ConsoleRole } from './roles.ts';

/** Who is signed in. */
export interface ConsoleSession {
  readonly sessionId: string;
  readonly name: string;
  readonly role: ConsoleRole;
  /** Lower case; `all-tenants` for operators and officers, and for nobody else. */
  readonly tenants: ReaderScope;
  readonly method: 'link' | 'certificate' | 'oidc';
  readonly startedAt: Date;
  /** When it ends if nothing more is asked. */
  readonly idleExpiresAt: Date;
  /** When it ends whatever is asked. */
  readonly expiresAt: Date;
}

/** What the console is told of the gateway that it belongs to. */
export interface ConsoleGateway {
  readonly config: GatewayConfig;
  /** null: no audit key is configured, and there are no checkpoints. */
  readonly log: LogReader | null;
  /** The Prometheus text of all processes of this gateway. */
  metricsText(): Promise<string>;
  /** Reasons against being ready; none: ready. */
  readinessReasons(): Promise<readonly string[]>;
}

/** What a change writes into the audit log; who and why, time and request are added. */
export type ChangeNote = Pick<AuditDraft, 'action' | 'tenantId'> &
  Partial<Pick<AuditDraft, 'class' | 'code' | 'operatorId' | 'kid' | 'peerSha256' | 'evidenceSha256'>> & {
    /** What was changed. */
    readonly subject: string;
  };

export interface ConsoleChange extends Queryable {
  /** At least once in each change: what is not in the log has not been done. Written last, in the same transaction. */
  record(note: ChangeNote): void;
}

/** What a handler is given. A handler reaches the store by `read` and `change`, or by `store` where it calls code of the CLI. */
export interface ConsoleContext {
  readonly session: ConsoleSession;
  /** UUID of this call, lower case; in the answer (`X-Request-Id`), log and audit. */
  readonly requestId: string;
  /**
   * A transaction of vectorvue_read that sees the rows of `tenant`, or without one those of all tenants of the session (of
   * everybody for operators and officers). `scope` is the same said to the query, so that it can use an index. Outside the
   * session: 403 `tenant_forbidden`, audited. Bounded by the console's statement timeout.
   */
  read<Value>(
    tenant: string | null | undefined,
    work: (db: Queryable, scope: ReaderScope) => Promise<Value>,
  ): Promise<Value>;
  /**
   * A transaction of vectorvue_serve in which something is changed and recorded. null: about no tenant, which only operators
   * and officers may. Throws where nothing was recorded. Take locks on rows before, not after, they are needed by others.
   */
  change<Value>(tenant: string | null, work: (tx: ConsoleChange) => Promise<Value>): Promise<Value>;
  /** For functions that the CLI calls as well, which have a transaction and an audit entry of their own. Ask `requireTenant` before. */
  readonly store: Database;
  /** `console:<name>`, the reason of the call's body ('' for one that changes nothing), and the time. */
  readonly author: ChangeAuthor & { readonly reason: string };
  /** Ends the call with 403 `tenant_forbidden`, audited, where the tenant (null: no tenant) is not the session's. */
  requireTenant(tenant: string | null): void;
  readonly gateway: ConsoleGateway;
  /** Unix milliseconds. */
  now(): number;
  readonly log: Logger;
  /** Aborted when the caller has gone away or the gateway stops. */
  readonly signal: AbortSignal;
}
