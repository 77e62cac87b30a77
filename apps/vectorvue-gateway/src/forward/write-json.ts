import type { JsonRecord } from './entry.ts';

/**
 * JSON on one line of printable ASCII, whatever is in it: no control character, no other line separator and no
 * direction mark of a value can end a line or rewrite a screen further on, and any parser reads the same value. A lone
 * surrogate, on which some parsers choke, becomes U+FFFD.
 */
export function writeJson(record: JsonRecord): string {
  return JSON.stringify(record)
    .replace(LONE_SURROGATE, '$1\\ufffd')
    .replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What `JSON.stringify` makes of one: it escapes no others. Behind an even number of backslashes, or none. */
const LONE_SURROGATE = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/** Lone surrogates, also those that a cut made, become U+FFFD. */
export function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

/** Strings up to this length, in UTF-16 units, are never cut: ids and hashes stay whole. */
const KEPT_UNITS = 80;

/**
 * The record, or the record with its longest strings cut, so that it takes at most `maxBytes` as written by
 * `writeJson`. `mark` notes in it that it was cut, and how long it was. A record that has nothing left to cut is
 * returned longer than asked for; the least limit that a settings file may set is above that.
 */
export function shorten(
  record: JsonRecord,
  maxBytes: number,
  mark: (record: JsonRecord, wholeBytes: number) => JsonRecord,
): { readonly json: JsonRecord; readonly text: string } {
  const whole = writeJson(record);
  if (whole.length <= maxBytes) return { json: record, text: whole };
  const cut = structuredClone(mark(record, whole.length)) as MutableRecord;
  const leaves = stringLeaves(cut);
  let text = writeJson(cut as JsonRecord);
  while (text.length > maxBytes) {
    const longest = leaves.reduce((best, leaf) => (leaf.get().length > best.get().length ? leaf : best));
    const value = longest.get();
    if (value.length <= KEPT_UNITS) break;
    longest.set(`${wellFormed(value.slice(0, Math.max(KEPT_UNITS - 1, value.length >> 1)))}…`);
    text = writeJson(cut as JsonRecord);
  }
  return { json: cut as JsonRecord, text };
}

type MutableRecord = { [member: string]: unknown };

interface Leaf {
  get(): string;
  set(value: string): void;
}

function stringLeaves(container: MutableRecord | unknown[]): Leaf[] {
  const holder = container as MutableRecord;
  return Object.keys(holder).flatMap((key): Leaf[] => {
    const value = holder[key];
    if (typeof value === 'string') {
      return [
        {
          get: () => holder[key] as string,
          set: (next) => {
            holder[key] = next;
          },
        },
      ];
    }
    return typeof value === 'object' && value !== null ? stringLeaves(value as MutableRecord) : [];
  });
}
