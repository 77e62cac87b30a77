import { peerConfirmations } from '../../key-rotation/rotation-rows.ts';
import type { Queryable } from '../../store/database.ts';
import {
  KEYS_ENDING,
  MAPPING_VIOLATIONS,
  PINS_ENDING,
  ROTATIONS_UNCONFIRMED,
  SUSPENDED_OPERATORS,
} from '../../store/sql/overview.ts';
import { GATEWAY_OWNER } from '../../trust/trust-snapshot.ts';
import { DAY_MS, describeSpan, type Warning } from './warning.ts';

/** As the alert of infra/prometheus: two weeks are enough to renew, and not so much that nobody looks. */
export const ENDS_SOON_MS = 14 * DAY_MS;
const HOUR_MS = 3_600_000;

/** Keys, pins, rotations and suspended tenants that want a hand. */
export async function warnOfTrust(db: Queryable, nowMs: number): Promise<readonly Warning[]> {
  return [
    ...(await keysEnding(db, nowMs)),
    ...(await pinsEnding(db, nowMs)),
    ...(await rotationsUnconfirmed(db, nowMs)),
    ...(await suspendedWithTraffic(db, nowMs)),
  ];
}

function endingText(what: string, atMs: number, nowMs: number): string {
  return atMs > nowMs
    ? `${what} ends in ${describeSpan(atMs - nowMs)}`
    : `${what} ended ${describeSpan(nowMs - atMs)} ago`;
}

async function keysEnding(db: Queryable, nowMs: number): Promise<readonly Warning[]> {
  const rows = await db.query<{
    owner: string;
    purpose: string;
    kid: string;
    domain: readonly string[] | null;
    not_after: Date;
  }>(KEYS_ENDING, [new Date(nowMs + ENDS_SOON_MS)]);
  return rows.map(({ owner, purpose, kid, domain, not_after }) => {
    const own = owner === GATEWAY_OWNER;
    const atMs = not_after.getTime();
    return {
      kind: 'key_ends',
      severity: atMs > nowMs ? 'warning' : 'critical',
      subject: kid,
      text: endingText(`The ${purpose} key ${kid} of ${own ? 'this gateway' : owner}`, atMs, nowMs),
      advice: own
        ? 'Rotate it (key rotate).'
        : 'Ask for its next key and load it (key import), or extend it.',
      tenants: domain,
      atMs,
    };
  });
}

async function pinsEnding(db: Queryable, nowMs: number): Promise<readonly Warning[]> {
  const rows = await db.query<{ identity: string; sha256: string; not_after: Date }>(PINS_ENDING, [
    new Date(nowMs),
    new Date(nowMs + ENDS_SOON_MS),
  ]);
  return rows.map(({ identity, not_after }) => ({
    kind: 'pin_ends',
    severity: 'warning',
    subject: identity,
    text: endingText(`The last pin of ${identity}`, not_after.getTime(), nowMs),
    advice: 'Pin the certificate that follows (identity pin); after the end every request of it is refused.',
    tenants: null,
    atMs: not_after.getTime(),
  }));
}

async function rotationsUnconfirmed(db: Queryable, nowMs: number): Promise<readonly Warning[]> {
  const now = new Date(nowMs);
  const rows = await db.query<{ tenant_id: string; new_kid: string; alert_at: Date }>(ROTATIONS_UNCONFIRMED, [
    now,
  ]);
  const warnings: Warning[] = [];
  for (const { tenant_id: scope, new_kid: kid, alert_at } of rows) {
    const peers = await peerConfirmations(db, scope, kid, now);
    const waiting = [...new Set(peers.filter(({ confirmed }) => !confirmed).map(({ identity }) => identity))];
    warnings.push({
      kind: 'rotation_unconfirmed',
      severity: 'warning',
      subject: kid,
      text: `The next feedback key ${kid} is not confirmed by ${waiting.join(', ') || 'an agent'}; the old one still signs`,
      advice: 'Have the agent exchange keys, or go on without it (key rotate --force).',
      tenants: scope === '*' ? null : [scope],
      atMs: alert_at.getTime(),
    });
  }
  return warnings;
}

/** Requests for a suspended tenant have none in the log: none was established. Their operator is in the disclosure. */
async function suspendedWithTraffic(db: Queryable, nowMs: number): Promise<readonly Warning[]> {
  const operators = await db.query<{ tenant_id: string; operator_id: string }>(SUSPENDED_OPERATORS);
  if (operators.length === 0) return [];
  const violations = await db.query<{ disclosure: string }>(MAPPING_VIOLATIONS, [new Date(nowMs - HOUR_MS)]);
  const seen = new Map<string, number>();
  for (const { disclosure } of violations) {
    const operator = operatorOf(disclosure);
    if (operator !== null) seen.set(operator, (seen.get(operator) ?? 0) + 1);
  }
  const counts = new Map<string, number>();
  for (const { tenant_id, operator_id } of operators) {
    const requests = seen.get(operator_id) ?? 0;
    if (requests > 0) counts.set(tenant_id, (counts.get(tenant_id) ?? 0) + requests);
  }
  return [...counts].map(([tenantId, requests]) => ({
    kind: 'tenant_suspended',
    severity: 'warning',
    subject: tenantId,
    text: `The suspended tenant ${tenantId} had at least ${requests} requests refused within an hour`,
    advice: 'Resume the tenant, or have its agents stopped: they try again, and their events wait in spools.',
    tenants: [tenantId],
    atMs: null,
  }));
}

function operatorOf(disclosure: string): string | null {
  const disclosed = JSON.parse(disclosure) as { readonly operator_id?: { readonly value?: unknown } };
  return typeof disclosed.operator_id?.value === 'string' ? disclosed.operator_id.value : null;
}
