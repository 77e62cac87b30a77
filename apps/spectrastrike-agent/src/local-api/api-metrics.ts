import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export interface IntakeCounts {
  readonly accepted: number;
  readonly known: number;
  readonly refused: number;
}

/** What `/metrics` shows of the intake; a registry of its own per agent, so that two in one process do not collide. */
export interface ApiMetrics {
  readonly registry: Registry;
  answered(operation: string, code: string, seconds: number): void;
  malformed(code: string): void;
  events(counts: IntakeCounts): void;
  /** `source`: `api` or `watch`; `outcome`: `taken`, `partial` or `refused`. */
  report(source: string, outcome: string): void;
}

export function createApiMetrics(): ApiMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const answers = new Counter({
    name: 'spectrastrike_api_answers_total',
    help: 'Answers of the local API by operation and code; code is ok or an error code',
    labelNames: ['operation', 'code'] as const,
    registers,
  });
  const seconds = new Histogram({
    name: 'spectrastrike_api_seconds',
    help: 'From the end of the headers to the answer',
    labelNames: ['operation'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
    registers,
  });
  const malformed = new Counter({
    name: 'spectrastrike_api_malformed_total',
    help: 'Connections closed because they did not carry an HTTP request, by code',
    labelNames: ['code'] as const,
    registers,
  });
  const events = new Counter({
    name: 'spectrastrike_api_events_total',
    help: 'Events offered to the local API, by status',
    labelNames: ['status'] as const,
    registers,
  });
  const reports = new Counter({
    name: 'spectrastrike_reports_total',
    help: 'Reports by where they came from and what became of them',
    labelNames: ['source', 'outcome'] as const,
    registers,
  });
  return {
    registry,
    answered: (operation, code, took) => {
      answers.inc({ operation, code });
      seconds.observe({ operation }, took);
    },
    malformed: (code) => malformed.inc({ code }),
    events: (counts) => {
      for (const status of ['accepted', 'known', 'refused'] as const) events.inc({ status }, counts[status]);
    },
    report: (source, outcome) => reports.inc({ source, outcome }),
  };
}
