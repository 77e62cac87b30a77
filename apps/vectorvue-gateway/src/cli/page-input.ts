import { type Cursor, decodeCursor } from '../store/read/page.ts';
import { UsageError } from './command.ts';

const UTC_TEXT = /^\d{4,6}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/;

/** The cursor of a list that is ordered by time and then by ids. */
export function timeCursor(text: string | undefined, parts: number): Cursor | null {
  if (text === undefined) return null;
  const cursor = decodeCursor(text, parts);
  if (cursor?.[0] === undefined || !UTC_TEXT.test(cursor[0]))
    throw new UsageError('--after is not a cursor of this list');
  return cursor;
}

/** The cursor of the audit log: a sequence. */
export function sequenceCursor(text: string | undefined): Cursor | null {
  if (text === undefined) return null;
  const cursor = decodeCursor(text, 1);
  if (cursor?.[0] === undefined || !/^\d{1,15}$/.test(cursor[0]))
    throw new UsageError('--after is not a cursor of this list');
  return cursor;
}

/** Under a table: how to see the rest. */
export function moreLine(next: string | null): readonly string[] {
  return next === null ? [] : [`more: --after ${next}`];
}
