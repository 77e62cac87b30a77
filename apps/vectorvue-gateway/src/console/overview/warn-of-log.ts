import { readForwardStatus } from '../../forward/read-status.ts';
import type { Queryable } from '../../store/database.ts';
import { LOG_STANDING } from '../../store/sql/overview.ts';
import { DAY_MS, describeSpan, type Warning } from './warning.ts';

/** Seconds that a destination may be behind; as the alert of infra/prometheus. */
const FORWARD_LATE_SECONDS = 600;
/** The integrator signs within a second; what waits longer than this waits for a hand. */
const UNSIGNED_LATE_MS = 600_000;
/** Witnesses come by when they like, at least once a day. */
const UNWITNESSED_LATE_MS = DAY_MS;

export interface LogSettings {
  /** Names of the configured destinations: others have cursors, too, and nobody forwards to them any more. */
  readonly destinations: readonly string[];
  /** Whether an audit key is configured. */
  readonly signs: boolean;
}

/** Forwarding, signing and witnessing of the audit log. About no tenant. */
export async function warnOfLog(
  db: Queryable,
  settings: LogSettings,
  nowMs: number,
): Promise<readonly Warning[]> {
  return [...(await forwarding(db, settings)), ...(await signing(db, settings, nowMs))];
}

async function forwarding(db: Queryable, { destinations }: LogSettings): Promise<readonly Warning[]> {
  if (destinations.length === 0) return [];
  const warnings: Warning[] = [];
  for (const row of await readForwardStatus(db)) {
    if (!destinations.includes(row.destination)) continue;
    const behind = `${row.lag_entries} entries, ${describeSpan(row.lag_seconds * 1000)}, behind`;
    const shared = { subject: row.destination, tenants: null } as const;
    if (row.failing_since !== null) {
      warnings.push({
        ...shared,
        kind: 'forwarding_fails',
        severity: 'critical',
        text: `Forwarding to ${row.destination} fails (${row.error_code ?? 'internal'}), ${behind}`,
        advice: `Try it by hand (forward test ${row.destination}). Nothing is lost; it goes on where it stopped.`,
        atMs: row.failing_since.getTime(),
      });
    } else if (row.lag_seconds > FORWARD_LATE_SECONDS) {
      warnings.push({
        ...shared,
        kind: 'forwarding_late',
        severity: 'warning',
        text: `${row.destination} is ${behind}`,
        advice: 'Look at the receiver: it takes entries more slowly than they come.',
        atMs: row.acknowledged_at?.getTime() ?? null,
      });
    }
  }
  return warnings;
}

interface Standing {
  readonly size: number;
  readonly signed_size: number;
  readonly signed_at: Date | null;
  readonly waiting_since: Date | null;
  readonly witnessed_size: number | null;
  readonly witnessed_at: Date | null;
  readonly witnesses: number;
}

async function signing(db: Queryable, settings: LogSettings, nowMs: number): Promise<readonly Warning[]> {
  const [standing] = await db.query<Standing>(LOG_STANDING);
  if (standing === undefined) return [];
  const shared = { severity: 'warning', subject: '', tenants: null } as const;
  if (!settings.signs) {
    return [
      {
        ...shared,
        kind: 'log_unsigned',
        text: 'No audit key is configured: nobody can check that the log is whole',
        advice: 'Set VV_TG_AUDIT_ED25519_KEY_PATH: from then on checkpoints are signed over the whole log.',
        atMs: null,
      },
    ];
  }
  const warnings: Warning[] = [];
  const waitsMs = standing.waiting_since === null ? 0 : nowMs - standing.waiting_since.getTime();
  if (waitsMs > UNSIGNED_LATE_MS) {
    warnings.push({
      ...shared,
      kind: 'log_late',
      severity: 'critical',
      text: `${standing.size - standing.signed_size} entries have no checkpoint yet, the first for ${describeSpan(waitsMs)}`,
      advice: 'The log of the gateway says why its integrator does not sign (audit.integration).',
      atMs: standing.signed_at?.getTime() ?? null,
    });
  }
  const witnessedAgoMs = nowMs - (standing.witnessed_at?.getTime() ?? 0);
  const isAhead = standing.signed_size > (standing.witnessed_size ?? 0);
  if (standing.witnesses > 0 && isAhead && witnessedAgoMs > UNWITNESSED_LATE_MS) {
    warnings.push({
      ...shared,
      kind: 'log_unwitnessed',
      text:
        standing.witnessed_at === null
          ? 'No checkpoint was ever co-signed, and there is a witness'
          : `No newer checkpoint was co-signed for ${describeSpan(witnessedAgoMs)}`,
      advice: 'Is the agent that witnesses the log running, and does it reach the gateway?',
      atMs: standing.witnessed_at?.getTime() ?? null,
    });
  }
  return warnings;
}
