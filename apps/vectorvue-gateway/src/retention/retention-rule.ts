import { transactionAsRetain } from '../store/as-retain.ts';
import type { Database, Queryable } from '../store/database.ts';
import { LIST_RULES, PUT_RULE, REMOVE_RULE } from '../store/sql/retention.ts';
import { recordRetention } from './record-retention.ts';

export const BODY_CLASSES = ['evidence', 'refused'] as const;
export const ENTRY_CLASSES = ['decision', 'security', 'trust', 'administration', 'feedback'] as const;
export const RETENTION_CLASSES = [...BODY_CLASSES, ...ENTRY_CLASSES] as const;

export type RetentionClass = (typeof RETENTION_CLASSES)[number];

/**
 * What goes: the signed or refused bytes; what an entry commits to, with its salts; or the text of the entry too, of
 * which the leaf hash stays.
 */
export type Erases = 'body' | 'disclosure' | 'entry';

/** `*`: every tenant without a rule of its own. Empty: what belongs to no tenant. */
export type RuleTenant = string;

export interface RetentionRule {
  readonly tenant_id: RuleTenant;
  readonly class: RetentionClass;
  readonly erases: Erases;
  /** Whole days, UTC. null: for ever, whatever the rule of `*` says. */
  readonly days: number | null;
}

export interface StoredRule extends RetentionRule {
  readonly changed_by: string;
  readonly changed_at: Date;
}

export function listRules(db: Queryable): Promise<readonly StoredRule[]> {
  return db.query<StoredRule>(LIST_RULES);
}

export interface RetentionAuthor {
  /** `cli:<login>`. */
  readonly actor: string;
  readonly reason: string;
}

/** Sets a rule, or changes it; recorded in the log. Needs vectorvue_retain. */
export function putRule(db: Database, author: RetentionAuthor, rule: RetentionRule): Promise<void> {
  return transactionAsRetain(db, async (tx) => {
    await tx.query(PUT_RULE, [rule.tenant_id, rule.class, rule.erases, rule.days, author.actor]);
    await recordRule(tx, author, 'rule_set', rule);
  });
}

/** Removes a rule; recorded in the log. False: there was none. Needs vectorvue_retain. */
export function removeRule(
  db: Database,
  author: RetentionAuthor,
  rule: Omit<RetentionRule, 'days'>,
): Promise<boolean> {
  return transactionAsRetain(db, async (tx) => {
    const removed = await tx.query(REMOVE_RULE, [rule.tenant_id, rule.class, rule.erases]);
    if (removed.length === 0) return false;
    await recordRule(tx, author, 'rule_removed', rule);
    return true;
  });
}

async function recordRule(
  tx: Queryable,
  { actor, reason }: RetentionAuthor,
  code: string,
  rule: Omit<RetentionRule, 'days'> & { readonly days?: number | null },
): Promise<void> {
  const tenantId = rule.tenant_id === '*' || rule.tenant_id === '' ? null : rule.tenant_id;
  const subject = {
    class: rule.class,
    days: rule.days ?? null,
    erases: rule.erases,
    reason,
    tenant: rule.tenant_id,
  };
  await recordRetention(tx, { action: 'retention.rule', actor, code, tenantId, subject });
}
