import type { Percentiles } from './percentiles.ts';
import type { Memory } from './process-memory.ts';

/** One gateway, one way of sending. */
export interface GatewayMeasurement {
  readonly database: 'postgresql' | 'embedded';
  readonly workers: number;
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
  /** Of the primary and its workers together. */
  readonly rssMiB: Memory | null;
  readonly diskBytesPerEvent: number;
  /** Processor time of the generator by the measured time; near 1, it is the generator that was measured. */
  readonly generatorBusy: number;
}

export interface LatencyMeasurement {
  readonly requestsPerSecond: number;
  readonly latencyMs: Percentiles | null;
  /** How much later than due the generator itself sent, with a connection free: what is its own of the latency. */
  readonly generatorLateMs: Percentiles | null;
  /** Of a small durable write of the benchmark's own, on the same file system at the same time. */
  readonly diskMs: Percentiles | null;
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

export interface SpoolMeasurement {
  readonly spooled: number;
  readonly fillSeconds: number;
  /** What `status` said was pending, before. */
  readonly pendingInStatus: number | null;
  readonly statusSeconds: number;
  readonly statusPeakMiB: number | null;
  /** In `seconds`, process start included. */
  readonly delivered: number;
  /** Counted in the database; what was under way when the agent was stopped may be in it too. */
  readonly eventsStored: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Of `send`, its highest. */
  readonly peakMiB: number | null;
}

export interface ConnectionsMeasurement {
  readonly wanted: number;
  readonly openFileLimit: number | null;
  readonly opened: number;
  /** How many had their one event accepted. */
  readonly answered: number;
  /** Still open when memory had been read. */
  readonly alive: number;
  readonly beforeMiB: number;
  readonly afterMiB: number;
  readonly kibPerConnection: number;
}

export interface IdleMeasurement {
  readonly database: 'postgresql' | 'embedded';
  readonly rssMiB: number | null;
}

export interface BareMeasurement {
  readonly kind: 'https' | 'express';
  readonly requestsPerSecond: number;
  readonly generatorBusy: number;
}

export interface Goal {
  readonly name: string;
  readonly goal: string;
  /** Below (or above) it the goal is not only missed. */
  readonly floor: string | null;
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
    readonly memoryMiB: number;
    readonly postgresSettings: readonly string[];
    readonly loadAverageBefore: readonly number[];
    readonly loadAverageAfter: readonly number[];
  };
  readonly effort: Readonly<Record<string, unknown>>;
  readonly source: string;
  /** Median of `verifySamples`, which were taken between the measurements. */
  readonly verifyPerSecond: number;
  readonly verifySamples: readonly number[];
  readonly bare: readonly BareMeasurement[];
  readonly bareInsertSinglesPerSecond: number;
  readonly bareInsertBatchesPerSecond: number;
  readonly gateways: readonly GatewayMeasurement[];
  readonly halfLoad: LatencyMeasurement | null;
  readonly agent: AgentMeasurement;
  readonly spool: SpoolMeasurement;
  readonly connections: ConnectionsMeasurement | null;
  readonly idle: readonly IdleMeasurement[];
  readonly filled: FilledMeasurement | null;
  readonly notMeasured: readonly string[];
  readonly goals: readonly Goal[];
}

export interface FilledMeasurement {
  readonly nonces: number;
  readonly events: number;
  readonly prepareSeconds: number;
  readonly gateway: GatewayMeasurement;
  /** The same on an empty store, right before: the machine is not equally fast all the time. */
  readonly empty: GatewayMeasurement;
}
