import type { Queryable } from '../store/database.ts';
import { type ExportedRow, writeExportLine } from './export-line.ts';

/** Entries of a page, in order, as lines: JSON documents without a line break. */
export type WriteLines = (
  db: Queryable,
  rows: readonly ExportedRow[],
  disclose: boolean,
) => Promise<readonly string[]>;

const asLogged: WriteLines = async (_db, rows, disclose) => rows.map((row) => writeExportLine(row, disclose));

/** By the name of `--format`. All but `json`, which is one document, are written a line each. */
export const EXPORT_FORMATS = {
  jsonl: asLogged,
  json: asLogged,
} as const satisfies Readonly<Record<string, WriteLines>>;

export type ExportFormat = keyof typeof EXPORT_FORMATS;

export const EXPORT_FORMAT_NAMES = Object.keys(EXPORT_FORMATS) as readonly ExportFormat[];
