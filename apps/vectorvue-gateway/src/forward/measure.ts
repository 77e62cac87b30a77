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
  // Gauges are collected at the same time, so they share what is read for one scrape.
  let reading: Promise<readonly ForwardStatus[] | null> | null = null;
  const read = (): Promise<readonly ForwardStatus[] | null> => {
    reading ??= readStatus()
      .catch(() => null)
      .finally(() => {
        reading = null;
      });
    return reading;
  };
  const gauge = (
    name: string,
    help: string,
    numberOf: (row: ForwardStatus) => number | null,
    labelsOf: (row: ForwardStatus) => Readonly<Record<string, string>> = () => ({}),
  ): void => {
    new Gauge<string>({
      name: `vectorvue_forward_${name}`,
      help,
      labelNames: ['destination', 'code'],
      registers,
      async collect() {
        // Without the store the last numbers stand; /readyz is what says that it is away.
        const rows = await read();
        if (rows === null) return;
        this.reset();
        for (const row of rows) {
          const value = numberOf(row);
          if (value !== null) this.set({ destination: row.destination, ...labelsOf(row) }, value);
        }
      },
    });
  };
  gauge('lag_entries', 'Entries between the cursor and the end of the log', (row) => row.lag_entries);
  gauge('lag_seconds', 'Age of the first entry that is not acknowledged', (row) => row.lag_seconds);
  gauge('failures', 'Failures since the last acknowledgement', (row) => row.failures);
  gauge(
    'last_error_timestamp_seconds',
    'When the last failure was, by its code; it stays after a recovery',
    (row) => (row.error_at === null ? null : row.error_at.getTime() / 1000),
    (row) => ({ code: row.error_code ?? 'internal' }),
  );
  return {
    attempted: (destination, outcome, count) => {
      attempts.inc({ destination, outcome });
      entries.inc({ destination }, count);
    },
  };
}
