import { findFindings } from '../forward/find-findings.ts';
import { toForwardEntry } from '../forward/read-page.ts';
import { toOcsf } from '../forward/to-ocsf.ts';
import { writeJson } from '../forward/write-json.ts';
import type { Queryable } from '../store/database.ts';
import type { AuditRow } from './check-entry.ts';
import { writeExportLine } from './export-line.ts';

/** Entries of a page, in order, as lines: JSON documents without a line break. */
export type WriteLines = (
  db: Queryable,
  rows: readonly AuditRow[],
  disclose: boolean,
) => Promise<readonly string[]>;

const asLogged: WriteLines = async (_db, rows, disclose) => rows.map((row) => writeExportLine(row, disclose));

/**
 * What a SIEM is sent of the same entries, a line for each OCSF event (src/forward/to-ocsf.ts). Undisclosed, an event
 * names no tenant, operator or subject, and so no finding.
 */
const asOcsf: WriteLines = async (db, rows, disclose) => {
  const shown = disclose ? rows : rows.map((row) => ({ ...row, tenant_id: null, disclosure: '{}' }));
  const entries = shown.map(toForwardEntry);
  const findings = await findFindings(db, entries);
  return entries.flatMap((entry) =>
    toOcsf(entry, findings.get(entry.sequence) ?? null).map(({ json }) => writeJson(json)),
  );
};

/** By the name of `--format`. All but `json`, which is one document, are written a line each. */
export const EXPORT_FORMATS = {
  jsonl: asLogged,
  json: asLogged,
  ocsf: asOcsf,
} as const satisfies Readonly<Record<string, WriteLines>>;

export type ExportFormat = keyof typeof EXPORT_FORMATS;

export const EXPORT_FORMAT_NAMES = Object.keys(EXPORT_FORMATS) as readonly ExportFormat[];
