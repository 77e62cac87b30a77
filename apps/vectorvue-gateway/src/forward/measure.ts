import { Counter, Gauge, type Registry } from 'prom-client';
import type { ForwardStatus } from './read-status.ts';

export interface ForwardMetrics {
  /** `outcome`: `delivered`, or the code of a failure. */
  attempted(destination: string, outcome: string, entries: number): void;
}

/**
 * Lag and errors are read from the store when somebody asks, so every replica shows the same, also of destinations
 * that another one forwards to. Attempts are this process's own.
 */
export function measureForwarding(
  registry: Registry,
  readStatus: () => Promise<readonly ForwardStatus[]>,
): ForwardMetrics {
  const registers = [registry];
  const attempts = new Counter({
    name: 'vectorvue_forward_attempts_total',
    help: 'Deliveries by destination and outcome; outcome is delivered or the code of a failure',
    labelNames: ['destination', 'outcome'] as const,
    registers,
  });
  const entries = new Counter({
    name: 'vectorvue_forward_entries_total',
    help: 'Entries delivered, those delivered again included',
    labelNames: ['destination'] as const,
    registers,
  });
  const gauge = (name: string, help: string, labels: readonly string[] = []) =>
    new Gauge({ name: `vectorvue_forward_${name}`, help, labelNames: ['destination', ...labels], registers });
  const lagSeconds = gauge('lag_seconds', 'Age of the first entry that is not acknowledged');
  const failures = gauge('failures', 'Failures since the last acknowledgement');
  const lastError = gauge('last_error_timestamp_seconds', 'When the last failure was, by its code', ['code']);
  new Gauge({
    name: 'vectorvue_forward_lag_entries',
    help: 'Entries between the cursor and the end of the log',
    labelNames: ['destination'],
    registers,
    async collect() {
      // Without the store the last numbers stand; /readyz is what says that it is away.
      const rows = await readStatus().catch(() => null);
      if (rows === null) return;
      for (const metric of [this, lagSeconds, failures, lastError]) metric.reset();
      for (const row of rows) {
        const { destination } = row;
        this.set({ destination }, row.lag_entries);
        lagSeconds.set({ destination }, row.lag_seconds);
        failures.set({ destination }, row.failures);
        if (row.error_at !== null && row.error_code !== null) {
          lastError.set({ destination, code: row.error_code }, row.error_at.getTime() / 1000);
        }
      }
    },
  });
  return {
    attempted: (destination, outcome, count) => {
      attempts.inc({ destination, outcome });
      entries.inc({ destination }, count);
    },
  };
}
