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

type ArrayElement = null | boolean | number | string | Uint8Array | Date;

/** Needs no quotes, and no escape of text-column.ts either. The word null in any case would be read as NULL. */
const PLAIN = /^(?!null$)[A-Za-z0-9._:/+-]+$/i;

/**
 * A one-dimensional array in PostgreSQL's text form. Elements are quoted unless they are plain, so that commas,
 * braces, quotes, backslashes, the empty string and the text NULL stay what they are; null is the only bare NULL.
 *
 * The hottest loop of a commit: columns of a flush repeat themselves (identity, tenant, fingerprint), so an element
 * that equals the one before it is not encoded again.
 */
export function arrayLiteral(elements: readonly ArrayElement[]): string {
  let out = '{';
  let previous: ArrayElement | undefined;
  let encoded = '';
  for (let index = 0; index < elements.length; index += 1) {
    const element = elements[index] ?? null;
    if (element !== previous) {
      encoded = arrayElement(element);
      previous = element;
    }
    out += index === 0 ? encoded : `,${encoded}`;
  }
  return `${out}}`;
}

function arrayElement(element: ArrayElement): string {
  if (element === null) return 'NULL';
  if (typeof element === 'string') {
    return PLAIN.test(element) ? element : `"${toTextColumn(element).replace(/["\\]/g, '\\$&')}"`;
  }
  if (element instanceof Uint8Array) return `"\\\\x${Buffer.from(element).toString('hex')}"`;
  return `"${scalar(element)}"`;
}
