import type { Queryable } from '../../store/database.ts';
import { LAST_CONTACTS, LAST_REFUSALS } from '../../store/sql/overview.ts';
import { type ReaderScope, sees } from './scope.ts';

/** The last request of an identity that was taken for a tenant. */
export interface Contact {
  readonly identity: string;
  readonly tenantId: string;
  readonly operatorId: string;
  readonly atMs: number;
  /** Its clock less ours when it was received, whole seconds; positive: its clock is ahead. The way here counts against it. */
  readonly clockSkewSeconds: number;
}

/** A declared identity, with its last refusal; code null: none is known. */
export interface LastRefusal {
  readonly identity: string;
  readonly tenantId: string | null;
  readonly code: string | null;
  readonly atMs: number;
}

export interface Agents {
  readonly contacts: readonly Contact[];
  readonly declared: readonly LastRefusal[];
}

export async function readAgents(db: Queryable): Promise<Agents> {
  const contacts = await db.query<{
    identity: string;
    tenant_id: string;
    operator_id: string;
    received_at: Date;
    header_timestamp: number;
  }>(LAST_CONTACTS);
  const declared = await db.query<{
    identity: string;
    tenant_id: string | null;
    code: string | null;
    recorded_at: Date | null;
  }>(LAST_REFUSALS);
  return {
    contacts: contacts.map((row) => ({
      identity: row.identity,
      tenantId: row.tenant_id,
      operatorId: row.operator_id,
      atMs: row.received_at.getTime(),
      clockSkewSeconds: row.header_timestamp - Math.floor(row.received_at.getTime() / 1000),
    })),
    declared: declared.map((row) => ({
      identity: row.identity,
      tenantId: row.tenant_id,
      code: row.code,
      atMs: row.recorded_at?.getTime() ?? 0,
    })),
  };
}

/** An identity as the overview shows it: one row for each tenant that it was in contact with. */
export interface AgentRow {
  readonly identity: string;
  readonly tenant_id: string | null;
  readonly operator_id: string | null;
  readonly last_contact: string | null;
  readonly clock_skew_seconds: number | null;
  readonly last_refusal: { readonly code: string; readonly at: string } | null;
}

/** Those that are heard of last come first; who never was comes last, and only for those who see all tenants. */
export function agentRows(agents: Agents, scope: ReaderScope): readonly AgentRow[] {
  const refusals = new Map(agents.declared.map((refusal) => [refusal.identity, refusal]));
  const refusalOf = (identity: string): AgentRow['last_refusal'] => {
    const found = refusals.get(identity);
    if (found === undefined || found.code === null || !sees(scope, found.tenantId)) return null;
    return { code: found.code, at: new Date(found.atMs).toISOString() };
  };
  const met = agents.contacts
    .filter(({ tenantId }) => sees(scope, tenantId))
    .sort((left, right) => right.atMs - left.atMs)
    .map((contact) => ({
      identity: contact.identity,
      tenant_id: contact.tenantId,
      operator_id: contact.operatorId,
      last_contact: new Date(contact.atMs).toISOString(),
      clock_skew_seconds: contact.clockSkewSeconds,
      last_refusal: refusalOf(contact.identity),
    }));
  if (scope !== 'all-tenants') return met;
  const known = new Set(agents.contacts.map(({ identity }) => identity));
  const silent = agents.declared
    .filter(({ identity }) => !known.has(identity))
    .map(({ identity }) => ({
      identity,
      tenant_id: null,
      operator_id: null,
      last_contact: null,
      clock_skew_seconds: null,
      last_refusal: refusalOf(identity),
    }));
  return [...met, ...silent];
}
