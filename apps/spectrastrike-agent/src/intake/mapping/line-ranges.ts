import { type JsonValue, parseStrictJson } from '@nyxera/federation-protocol';
import type { Range, RangesFile } from './mapping-schema.ts';
import { allAt, scalar } from './select.ts';

/** Ranges of lines and what they show; found by a search, because a large report asks for each of its lines. */
export class LineRanges {
  readonly #ranges: readonly Range[];

  private constructor(ranges: readonly Range[]) {
    this.#ranges = ranges;
  }

  /** The ranges, or what is wrong with them: each begins after the one before has ended. */
  static of(
    ranges: readonly Range[],
  ): { readonly ok: true; readonly value: LineRanges } | { readonly ok: false; readonly expected: string } {
    const sorted = ranges.toSorted((a, b) => a.first - b.first);
    for (const [index, range] of sorted.entries()) {
      const before = sorted[index - 1];
      if (range.last < range.first) {
        return { ok: false, expected: `a range that ends after it begins (line ${range.first})` };
      }
      if (before !== undefined && range.first <= before.last) {
        return { ok: false, expected: `ranges that do not overlap (line ${range.first})` };
      }
    }
    return { ok: true, value: new LineRanges(sorted) };
  }

  /** @param line from 1 */
  at(line: number): Range | null {
    let low = 0;
    let high = this.#ranges.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const range = this.#ranges[middle];
      if (range === undefined || line < range.first) high = middle - 1;
      else if (line > range.last) low = middle + 1;
      else return range;
    }
    return null;
  }
}

/** Ranges out of a JSON file of any shape, by the paths that the mapping gives. */
export function readRanges(
  bytes: Uint8Array,
  shape: RangesFile,
):
  | { readonly ok: true; readonly value: readonly Range[] }
  | { readonly ok: false; readonly expected: string } {
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok) return { ok: false, expected: `strict JSON in ${shape.file}: ${parsed.detail}` };
  const list = allAt(parsed.value, [...shape.list, '*']);
  if (list.length === 0) return { ok: false, expected: `a list at ${shape.list.join('/')} of ${shape.file}` };
  const ranges: Range[] = [];
  for (const [index, entry] of list.entries()) {
    const range = rangeOf(entry, shape);
    if (range === null) {
      return { ok: false, expected: `first, last and techniques in range ${index} of ${shape.file}` };
    }
    ranges.push(range);
  }
  return { ok: true, value: ranges };
}

function rangeOf(entry: JsonValue, shape: RangesFile): Range | null {
  const line = (path: readonly (string | number)[]): number =>
    Number(scalar(allAt(entry, path)[0]) ?? Number.NaN);
  const words = (path: readonly (string | number)[] | undefined): string[] =>
    path === undefined ? [] : [...new Set(allAt(entry, path).flatMap((value) => scalar(value) ?? []))];
  const [first, last] = [line(shape.first), line(shape.last)];
  const techniques = words(shape.techniques);
  const tactics = words(shape.tactics);
  const isSound =
    Number.isSafeInteger(first) &&
    first >= 1 &&
    Number.isSafeInteger(last) &&
    techniques.length > 0 &&
    techniques.every((id) => /^T[0-9]{4}(\.[0-9]{3})?$/.test(id)) &&
    tactics.every((id) => /^TA[0-9]{4}$/.test(id));
  return isSound ? { first, last, techniques, tactics } : null;
}
