import { z } from 'zod';

/** Rows of a page: design and OpenAPI have the same. */
export const LIST_LIMIT_DEFAULT = 50;
export const LIST_LIMIT_MAX = 500;

/** One tenant; any case, lower-cased. */
export const tenantId = z
  .string()
  .regex(
    /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
    'a tenant id has the form 8-4-4-4-12 hex digits',
  )
  .transform((text) => text.toLowerCase());

/**
 * The same moment in UTC with its fraction kept to the microsecond, as the store and lists write times: a Date has
 * milliseconds only. null: outside the years 1 to 9999, which the database does not take in this form.
 */
export function utcMoment(text: string): string | null {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  const date = new Date(text.replace(/\.\d+/, ''));
  const seconds = Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 19);
  // Extended years have a sign, and the year 0 is none of the database's.
  if (!/^\d{4}-/.test(seconds) || seconds.startsWith('0000-')) return null;
  return `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}

/** A moment, RFC 3339 with an offset, of the years 1 to 9999 in UTC. */
export const moment = z.iso
  .datetime({ offset: true, abort: true, error: 'write a time as 2026-02-26T12:00:00Z' })
  .refine((text) => utcMoment(text) !== null, 'is outside the years 1 to 9999');

/** SHA-256 in hex: hashes, fingerprints, pins. */
export const hex32 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, '64 hex digits')
  .transform((text) => text.toLowerCase());

/** Free text that is compared exactly. */
export const exactText = (max = 256) =>
  z.string().min(1, 'say something or leave it out').max(max, `at most ${max} characters`);

/** What every list takes. */
export const pageFilters = {
  after: z.string().max(4096).optional().meta({ description: '`next` of the page before' }),
  limit: z.coerce
    .number('a whole number')
    .int('a whole number')
    .min(1, 'from 1')
    .max(LIST_LIMIT_MAX, `at most ${LIST_LIMIT_MAX}`)
    .default(LIST_LIMIT_DEFAULT),
  format: z
    .enum(['csv', 'jsonl'])
    .optional()
    .meta({ description: 'The whole list as a download, all pages' }),
};
