import { hash } from 'node:crypto';
import type { Queryable } from '../store/database.ts';
import {
  ENTRIES_OF_NONE,
  ENTRIES_OF_TENANT,
  EVIDENCE,
  REFUSED,
  TENANTS_IN,
  TODAY,
} from '../store/sql/retention.ts';
import { type Erases, listRules, type RetentionClass, type RetentionRule } from './retention-rule.ts';

/** What a rule says should go of one tenant. */
export interface PruningTarget {
  /** Empty: what belongs to no tenant. */
  readonly tenant: string;
  readonly class: RetentionClass;
  readonly erases: Erases;
  /** What was recorded or received before. A midnight, UTC. */
  readonly before: Date;
  /** How much there is of it. */
  readonly count: number;
}

export interface PruningPlan {
  readonly targets: readonly PruningTarget[];
  /** Names exactly these targets, so that what is done is what was looked at. */
  readonly id: string;
}

const DAY_MS = 86_400_000;

/** What would go if the rules were applied now. Changes nothing. Needs a role that sees all tenants. */
export async function planPruning(db: Queryable): Promise<PruningPlan> {
  const rules = await listRules(db);
  const [clock] = await db.query<{ today: Date }>(TODAY);
  if (clock === undefined) throw new Error('the database has no clock');
  const present = {
    evidence: await tenantsIn(db, 'evidence'),
    refused: await tenantsIn(db, 'refused_bodies'),
    entries: [...(await tenantsIn(db, 'audit_log')), ''],
  };
  const targets: PruningTarget[] = [];
  for (const { tenant, rule } of effectiveRules(rules, (of) =>
    of === 'evidence' || of === 'refused' ? present[of] : present.entries,
  )) {
    if (rule.days === null) continue;
    const before = new Date(clock.today.getTime() - rule.days * DAY_MS);
    const target = { tenant, class: rule.class, erases: rule.erases, before };
    const count = await countOf(db, target);
    if (count > 0) targets.push({ ...target, count });
  }
  return { targets, id: hash('sha256', JSON.stringify(targets), 'hex').slice(0, 16) };
}

/** The rule of a tenant itself stands before that of `*`, also where it says: for ever. */
export function effectiveRules<Rule extends RetentionRule>(
  rules: readonly Rule[],
  tenantsOf: (of: RetentionClass) => readonly string[],
): readonly { readonly tenant: string; readonly rule: Rule }[] {
  const same = (left: Rule, right: Rule) => left.class === right.class && left.erases === right.erases;
  return rules.flatMap((rule) => {
    if (rule.tenant_id !== '*') return [{ tenant: rule.tenant_id, rule }];
    const own = new Set(rules.filter((other) => same(rule, other)).map(({ tenant_id }) => tenant_id));
    return tenantsOf(rule.class).flatMap((tenant) => (own.has(tenant) ? [] : [{ tenant, rule }]));
  });
}

async function tenantsIn(db: Queryable, table: keyof typeof TENANTS_IN): Promise<readonly string[]> {
  const rows = await db.query<{ tenant_id: string }>(TENANTS_IN[table]);
  return rows.map(({ tenant_id }) => tenant_id);
}

async function countOf(db: Queryable, target: Omit<PruningTarget, 'count'>): Promise<number> {
  const { tenant, before } = target;
  const [row] =
    target.erases === 'body'
      ? await db.query<{ count: number }>((target.class === 'evidence' ? EVIDENCE : REFUSED).count, [
          tenant,
          before,
        ])
      : await db.query<{ count: number }>((tenant === '' ? ENTRIES_OF_NONE : ENTRIES_OF_TENANT).count, [
          tenant,
          target.class,
          before,
          target.erases,
        ]);
  return row?.count ?? 0;
}
