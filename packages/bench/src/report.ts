import type { Percentiles } from './percentiles.ts';

/** One gateway, one way of sending. */
export interface GatewayMeasurement {
  readonly database: 'postgresql' | 'embedded';
  /** Events in a request; null: single events. */
  readonly batch: number | null;
  readonly connections: number;
  readonly eventsPerSecond: number;
  readonly requestsPerSecond: number;
  readonly bytesPerRequest: number;
  /** All answers by status; only 202 is success. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly eventsSent: number;
  /** Counted in the database itself afterwards. */
  readonly eventsStored: number;
  /** Of the closed loop, so with every connection always waiting. */
  readonly latencyAtMaximumMs: Percentiles | null;
  readonly rssMiB: { readonly nowMiB: number; readonly peakMiB: number } | null;
  readonly diskBytesPerEvent: number;
}

export interface LatencyMeasurement {
  readonly requestsPerSecond: number;
  readonly latencyMs: Percentiles | null;
  readonly statuses: Readonly<Record<string, number>>;
  readonly eventsSent: number;
  readonly eventsStored: number;
}

export interface AgentMeasurement {
  readonly events: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly delivered: number;
}

export interface Goal {
  readonly name: string;
  readonly goal: string;
  readonly measured: number | null;
  readonly verdict: 'pass' | 'falls short' | 'not measured';
}

export interface Report {
  readonly madeAt: string;
  readonly machine: {
    readonly cores: number;
    readonly cpu: string;
    readonly node: string;
    readonly platform: string;
    readonly generatorCore: number | null;
    readonly loadAverageBefore: readonly number[];
    readonly loadAverageAfter: readonly number[];
  };
  readonly effort: Readonly<Record<string, unknown>>;
  readonly source: string;
  /** Median of `verifySamples`, which were taken between the measurements. */
  readonly verifyPerSecond: number;
  readonly verifySamples: readonly number[];
  readonly bareHttpsPerSecond: number;
  readonly bareExpressPerSecond: number;
  readonly bareInsertSinglesPerSecond: number;
  readonly bareInsertBatchesPerSecond: number;
  readonly gateways: readonly GatewayMeasurement[];
  readonly halfLoad: LatencyMeasurement | null;
  readonly agent: AgentMeasurement;
  readonly filled: FilledMeasurement | null;
  readonly notBuilt: readonly string[];
  readonly goals: readonly Goal[];
}

export interface FilledMeasurement {
  readonly nonces: number;
  readonly events: number;
  readonly prepareSeconds: number;
  readonly gateway: GatewayMeasurement;
}
