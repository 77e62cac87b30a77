import { howWritten } from '../../security/how-written.ts';
import { type Agents, agentRows } from './agents.ts';
import type { Latency } from './latency.ts';
import type { Overview } from './overview-schema.ts';
import { type ReaderScope, sees } from './scope.ts';
import { MINUTE_MS, type MinuteOfTenant, WINDOW_MINUTES } from './traffic.ts';
import { warnOfClocks, warnOfSecurity } from './warn-of-traffic.ts';
import type { Warning } from './warning.ts';

/** Everything that is known of everybody; what a session gets of it is `overviewFor`. */
export interface Gathered {
  readonly atMs: number;
  readonly fromMs: number;
  readonly countedFromMs: number;
  readonly minutes: readonly MinuteOfTenant[];
  readonly tenants: readonly {
    readonly tenant_id: string;
    readonly name: string | null;
    readonly state: string;
  }[];
  readonly agents: Agents;
  readonly latency: { readonly sinceMs: number | null; readonly latency: readonly Latency[] };
  readonly warnings: readonly Warning[];
  /** Seconds that a clock may be off. */
  readonly skewSeconds: number;
}

const ACCEPTED = 'accepted';
const DUPLICATE = 'duplicate';

/**
 * What somebody of that scope may know, and nothing else: what is about other tenants, or about none, is taken out
 * here, at one place, before anything is added up.
 */
export function overviewFor(gathered: Gathered, scope: ReaderScope): Overview {
  const minutes = gathered.minutes.filter(({ tenantId }) => sees(scope, tenantId));
  const isAll = scope === 'all-tenants';
  const warnings = [
    ...gathered.warnings.filter(
      ({ tenants }) => isAll || tenants?.some((tenant) => sees(scope, tenant)) === true,
    ),
    ...warnOfClocks(gathered.agents, scope, gathered.skewSeconds, gathered.atMs),
    ...warnOfSecurity(minutes),
  ];
  return {
    at: new Date(gathered.atMs).toISOString(),
    traffic: trafficOf(gathered, minutes),
    tenants: tenantRows(gathered, minutes, scope),
    latency: isAll ? latencyOf(gathered.latency) : null,
    agents: [...agentRows(gathered.agents, scope)],
    warnings: warnings
      .sort((left, right) => Number(right.severity === 'critical') - Number(left.severity === 'critical'))
      .map(({ kind, severity, subject, text, advice, atMs }) => ({
        kind,
        severity,
        subject,
        text,
        advice,
        at: atMs === null ? null : new Date(atMs).toISOString(),
      })),
  };
}

function trafficOf(gathered: Gathered, minutes: readonly MinuteOfTenant[]): Overview['traffic'] {
  const series = new Map<string, number[]>();
  const seriesOf = (code: string): number[] => {
    const found = series.get(code) ?? new Array<number>(WINDOW_MINUTES).fill(0);
    series.set(code, found);
    return found;
  };
  const accepted = seriesOf(ACCEPTED);
  const duplicate = seriesOf(DUPLICATE);
  for (const { minuteMs, codes } of minutes) {
    // The database's clock may be in a minute that has just begun.
    const index = Math.min((minuteMs - gathered.fromMs) / MINUTE_MS, WINDOW_MINUTES - 1);
    for (const [code, entries] of codes) {
      const counts = seriesOf(code);
      counts[index] = (counts[index] ?? 0) + entries;
    }
  }
  const refused = [...series]
    .filter(([code]) => code !== ACCEPTED && code !== DUPLICATE)
    .map(([code, counts]) => ({
      code,
      entries: counts.reduce((sum, count) => sum + count, 0),
      per_minute: counts,
      written: howWritten(code),
    }))
    .sort((left, right) => right.entries - left.entries || (left.code < right.code ? -1 : 1));
  return {
    from: new Date(gathered.fromMs).toISOString(),
    counted_from: new Date(gathered.countedFromMs).toISOString(),
    accepted,
    duplicate,
    refused,
  };
}

/** The busiest first. */
function tenantRows(
  gathered: Gathered,
  minutes: readonly MinuteOfTenant[],
  scope: ReaderScope,
): Overview['tenants'] {
  const counted = new Map<string, { accepted: number; duplicate: number; refused: number }>();
  for (const { tenantId, codes } of minutes) {
    const sums = counted.get(tenantId) ?? { accepted: 0, duplicate: 0, refused: 0 };
    for (const [code, entries] of codes) {
      if (code === ACCEPTED) sums.accepted += entries;
      else if (code === DUPLICATE) sums.duplicate += entries;
      else sums.refused += entries;
    }
    counted.set(tenantId, sums);
  }
  return gathered.tenants
    .filter(({ tenant_id }) => sees(scope, tenant_id))
    .map(({ tenant_id, name, state }) => ({
      tenant_id,
      name,
      state: state === 'suspended' ? ('suspended' as const) : ('active' as const),
      ...(counted.get(tenant_id) ?? { accepted: 0, duplicate: 0, refused: 0 }),
    }))
    .sort((left, right) => right.accepted - left.accepted || right.refused - left.refused);
}

function latencyOf({ sinceMs, latency }: Gathered['latency']): Overview['latency'] {
  return {
    since: sinceMs === null ? null : new Date(sinceMs).toISOString(),
    endpoints: [...latency],
  };
}
