import type { Streamed } from './streamed.ts';

export type ExportFormat = 'csv' | 'jsonl';

export const EXPORT_MEDIA_TYPES = ['text/csv; charset=utf-8', 'application/jsonl; charset=utf-8'] as const;

/** A row of an export: one member a column. */
export type ExportRow = Readonly<Record<string, unknown>>;

/**
 * A list as a download, page by page: a page is written before the next is read. CSV is RFC 4180 with a head of column
 * names, UTF-8, CRLF; JSON lines have every member of a row.
 */
export function exportRows(parts: {
  readonly format: ExportFormat;
  /** Stem of the file: lower case and dashes. */
  readonly name: string;
  /** Of CSV, in this order. */
  readonly columns: readonly string[];
  readonly pages: AsyncIterable<readonly ExportRow[]>;
}): Streamed {
  const { format, name, columns, pages } = parts;
  const [csv, jsonl] = EXPORT_MEDIA_TYPES;
  return {
    mediaType: format === 'csv' ? csv : jsonl,
    fileName: `${name}.${format}`,
    chunks: format === 'csv' ? csvOf(columns, pages) : jsonLinesOf(pages),
  };
}

async function* csvOf(
  columns: readonly string[],
  pages: AsyncIterable<readonly ExportRow[]>,
): AsyncGenerator<string> {
  yield `${columns.map(csvCell).join(',')}\r\n`;
  for await (const page of pages) {
    if (page.length > 0)
      yield page.map((row) => `${columns.map((column) => csvCell(row[column])).join(',')}\r\n`).join('');
  }
}

async function* jsonLinesOf(pages: AsyncIterable<readonly ExportRow[]>): AsyncGenerator<string> {
  for await (const page of pages) {
    if (page.length > 0) yield page.map((row) => `${JSON.stringify(row)}\n`).join('');
  }
}

/**
 * One cell. What a spreadsheet would take for a formula gets an apostrophe before it (events are hostile input, and a
 * formula can call out): `=`, `+`, `-`, `@`, tab or CR at its beginning, also behind blanks; numbers of ours stay numbers.
 */
export function csvCell(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = textOf(value);
  const defused =
    /^[\s\u00a0\ufeff]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) || /^[\t\r]/.test(text)
      ? `'${text}`
      : text;
  return /[",\r\n]/.test(defused) ? `"${defused.replaceAll('"', '""')}"` : defused;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value.join(' ');
  return JSON.stringify(value);
}
