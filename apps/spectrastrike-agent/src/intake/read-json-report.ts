import { isJsonObject, type JsonObject } from '@nyxera/federation-protocol';
import { JsonRecords } from './json/read-records.ts';
import { earlier } from './time.ts';
import type { IntakeItem, Reading, ReportSource } from './types.ts';

/** One record as an adapter gets it. */
export interface JsonReportRecord {
  readonly value: JsonObject;
  readonly ordinal: number;
  readonly where: string;
  /** From 1; null in an array or a single object. */
  readonly line: number | null;
}

export interface JsonReport {
  /** For the fault in the place of a record that is none: "a nuclei finding". */
  readonly what: string;
  /** Which time of its records a report began at: the earliest, the first that there is, or none. */
  readonly start: 'earliest' | 'first' | 'none';
  take(record: JsonReportRecord): IntakeItem;
}

/** A report of JSON records, in whichever layout, one record at a time. */
export function readJsonReport(source: ReportSource, report: JsonReport): Reading {
  const records = new JsonRecords(source);
  let startedAt: string | null = null;
  function* items(): Generator<IntakeItem> {
    for (const record of records) {
      const item = record.ok ? takeObject(record, report) : record;
      if (item.ok === true && report.start !== 'none' && item.observation.observedAtBasis === 'report') {
        const { observedAt } = item.observation;
        startedAt = report.start === 'first' ? (startedAt ?? observedAt) : earlier(startedAt, observedAt);
      }
      yield item;
    }
  }
  return {
    items: items(),
    startedAt: () => startedAt,
    surveyed: () =>
      records.standAlone && (report.start === 'none' || (report.start === 'first' && startedAt !== null)),
  };
}

function takeObject(
  record: { readonly value: unknown; ordinal: number; where: string; line: number | null },
  report: JsonReport,
): IntakeItem {
  const value = record.value as JsonObject;
  return isJsonObject(value)
    ? report.take({ ...record, value })
    : { ok: false, fault: { where: record.where, expected: `${report.what}: a JSON object` } };
}
