import type { Percentiles } from '../percentiles.ts';
import type { Goal, Report } from '../report.ts';
import type { Copied } from './copy-rows.ts';

/** One way of calling one route. */
export interface CallMeasurement {
  /** Below /console/api/v1, with its query. */
  readonly call: string;
  readonly calls: number;
  /** All answers by status; only 200 is success. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Items of a list in one answer; null: no list. */
  readonly items: number | null;
  readonly latencyMs: Percentiles | null;
}

export interface IngestionMeasurement {
  readonly overviews: number;
  /** Of turn after turn, without and with open overviews. */
  readonly without: readonly number[];
  readonly withOpen: readonly number[];
  /** Bytes that the open overviews were sent, so that it is seen that they were open. */
  readonly bytesReceived: number;
  /** Median with by median without. */
  readonly ratio: number;
}

export interface FirstViewMeasurement {
  /** Milliseconds from the start of the navigation until the overview shows its numbers and takes a key; cold cache. */
  readonly interactiveMs: readonly number[];
  /** Script, style and document of the first view, each gzipped. */
  readonly gzippedBytes: number;
  readonly files: number;
}

export interface ConsoleReport {
  readonly madeAt: string;
  readonly machine: Report['machine'];
  readonly source: string;
  readonly stored: Copied;
  readonly calls: readonly CallMeasurement[];
  readonly ingestion: IngestionMeasurement;
  /** null: no chromium here. */
  readonly firstView: FirstViewMeasurement | null;
  readonly goals: readonly Goal[];
}
