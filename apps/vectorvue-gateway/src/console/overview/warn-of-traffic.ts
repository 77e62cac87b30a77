import { isSecurityCode, SECURITY_EVENTS } from '../../security/security-events.ts';
import { whatToDo } from '../../security/what-to-do.ts';
import type { Agents } from './agents.ts';
import { type ReaderScope, sees } from './scope.ts';
import type { MinuteOfTenant } from './traffic.ts';
import { DAY_MS, describeSpan, type Warning } from './warning.ts';

/** High ones are told from here on, as the alert of infra/prometheus does; one critical is enough. In the window. */
const SEVERAL = 6;
const HOUR_MS = 3_600_000;

/** Security events of the last hour, among what the reader may see. */
export function warnOfSecurity(rows: readonly MinuteOfTenant[]): readonly Warning[] {
  const counts = new Map<string, { entries: number; tenants: Set<string>; lastMs: number }>();
  for (const { codes, tenantId, minuteMs } of rows) {
    for (const [code, entries] of codes) {
      const found = counts.get(code) ?? { entries: 0, tenants: new Set<string>(), lastMs: 0 };
      found.entries += entries;
      found.lastMs = Math.max(found.lastMs, minuteMs);
      if (tenantId !== '') found.tenants.add(tenantId);
      counts.set(code, found);
    }
  }
  return [...counts].flatMap(([code, { entries, tenants, lastMs }]) => {
    if (!isSecurityCode(code)) return [];
    const { level, meaning } = SECURITY_EVENTS[code];
    if (level !== 'critical' && (level !== 'high' || entries < SEVERAL)) return [];
    const severity = level === 'critical' ? ('critical' as const) : ('warning' as const);
    const text = `${entries} times ${code} in the last hour. ${meaning}`;
    const about = tenants.size === 0 ? null : [...tenants];
    return [
      {
        kind: 'security_events',
        severity,
        subject: code,
        text,
        advice: whatToDo(code),
        tenants: about,
        atMs: lastMs,
      },
    ];
  });
}

/** Agents whose clock is refused, or has used up half of what is allowed. */
export function warnOfClocks(
  agents: Agents,
  scope: ReaderScope,
  skewSeconds: number,
  nowMs: number,
): readonly Warning[] {
  const advice = 'Set its clock by NTP.';
  const off = agents.contacts.flatMap(
    ({ identity, tenantId, atMs, clockSkewSeconds: skew }): readonly Warning[] => {
      if (Math.abs(skew) * 2 <= skewSeconds || nowMs - atMs > DAY_MS || !sees(scope, tenantId)) return [];
      const side = skew > 0 ? 'ahead' : 'behind';
      const text = `The clock of ${identity} is ${Math.abs(skew)} s ${side}; ${skewSeconds} s are allowed`;
      return [
        {
          kind: 'clock_skew',
          severity: 'warning',
          subject: identity,
          text,
          advice,
          tenants: [tenantId],
          atMs,
        },
      ];
    },
  );
  const refused = agents.declared.flatMap(({ identity, tenantId, code, atMs }): readonly Warning[] => {
    const isRecent = nowMs - atMs < HOUR_MS;
    if (code !== 'timestamp_out_of_window' || !isRecent || !sees(scope, tenantId)) return [];
    const text = `${identity} was refused ${describeSpan(nowMs - atMs)} ago because its clock is off by more than ${skewSeconds} s`;
    return [
      { kind: 'clock_skew', severity: 'critical', subject: identity, text, advice, tenants: null, atMs },
    ];
  });
  return [...refused, ...off];
}
