import { StoreError } from './store-error.ts';
import { fromTextColumn } from './text-column.ts';

/** Reads one column's text form. Both drivers get the same readers, so both give the same JavaScript values. */
export type ColumnReader = (text: string) => unknown;

const text: ColumnReader = (value) => fromTextColumn(value);
const asIs: ColumnReader = (value) => value;
const float: ColumnReader = (value) => Number(value);

function integer(value: string): number {
  const parsed = Number(value);
  if (Number.isSafeInteger(parsed)) return parsed;
  throw new StoreError('bad_value', 'the database holds an integer beyond 2^53');
}

function bytes(value: string): Uint8Array {
  // Buffer is a Uint8Array; a copy of its own, so that no pool is shared with what the caller keeps.
  return new Uint8Array(Buffer.from(value.slice(2), 'hex'));
}

function timestamp(value: string): Date {
  const date = new Date(value.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'));
  if (!Number.isNaN(date.getTime())) return date;
  throw new StoreError('bad_value', 'the database holds a time beyond what a Date can hold');
}

/** Elements of a one-dimensional array in text form; quotes and backslashes as PostgreSQL writes them. */
export function parseArray(literal: string, element: ColumnReader): unknown[] {
  const elements: unknown[] = [];
  let index = 1;
  while (index < literal.length - 1) {
    if (literal[index] === ',') index += 1;
    let raw = '';
    if (literal[index] === '"') {
      for (index += 1; literal[index] !== '"'; index += 1) {
        if (literal[index] === '\\') index += 1;
        raw += literal[index];
      }
      index += 1;
      elements.push(element(raw));
    } else {
      while (index < literal.length - 1 && literal[index] !== ',') {
        raw += literal[index];
        index += 1;
      }
      elements.push(raw === 'NULL' ? null : element(raw));
    }
  }
  return elements;
}

const array =
  (element: ColumnReader): ColumnReader =>
  (literal) =>
    parseArray(literal, element);

/** By type OID (pg_type.dat; they never change). A type that is not here comes back as its text. */
export const COLUMN_READERS: { readonly [oid: number]: ColumnReader } = {
  16: (value) => value === 't',
  17: bytes,
  19: text,
  20: integer,
  21: integer,
  23: integer,
  25: text,
  26: integer,
  700: float,
  701: float,
  1043: text,
  1184: timestamp,
  1700: asIs,
  2950: asIs,
  1000: array((value) => value === 't'),
  1001: array(bytes),
  1003: array(text),
  1005: array(integer),
  1007: array(integer),
  1009: array(text),
  1016: array(integer),
  1022: array(float),
  1185: array(timestamp),
  2951: array(asIs),
};

export function columnReader(oid: number): ColumnReader {
  return COLUMN_READERS[oid] ?? asIs;
}
