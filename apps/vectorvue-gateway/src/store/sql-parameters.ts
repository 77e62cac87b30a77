import type { SqlValue } from './database.ts';
import { toTextColumn } from './text-column.ts';

/** What both drivers are given: PostgreSQL's own text form, or bytes (sent as binary, so not doubled by hex). */
export type WireParameter = string | Uint8Array | null;

export function toWireParameter(value: SqlValue): WireParameter {
  if (value === null || value instanceof Uint8Array) return value;
  if (typeof value === 'object' && !(value instanceof Date)) return arrayLiteral(value);
  return scalar(value);
}

function scalar(value: boolean | number | string | Date): string {
  if (typeof value === 'string') return toTextColumn(value);
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (typeof value === 'number') return numberText(value);
  // Years before 1 and after 9999 have no ISO form that PostgreSQL reads; nobody may pass them (see clampTime).
  return value.toISOString();
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return 'Infinity';
  return value === Number.NEGATIVE_INFINITY ? '-Infinity' : String(value);
}

const PLAIN = /^[A-Za-z0-9._:/+-]+$/;

/**
 * A one-dimensional array in PostgreSQL's text form. Elements are quoted unless they are plain, so that commas,
 * braces, quotes, backslashes, the empty string and the text NULL stay what they are; null is the only bare NULL.
 */
export function arrayLiteral(
  elements: readonly (null | boolean | number | string | Uint8Array | Date)[],
): string {
  let out = '{';
  for (let index = 0; index < elements.length; index += 1) {
    const element = elements[index] ?? null;
    if (index > 0) out += ',';
    if (element === null) out += 'NULL';
    else if (element instanceof Uint8Array) out += `"\\\\x${Buffer.from(element).toString('hex')}"`;
    else {
      const text = scalar(element);
      if (PLAIN.test(text) && !/^null$/i.test(text)) out += text;
      else out += `"${text.replace(/["\\]/g, '\\$&')}"`;
    }
  }
  return `${out}}`;
}
