import { isJsonObject, type JsonObject, type JsonValue, NumberLexeme } from '@nyxera/federation-protocol';
import { member } from '../json/members.ts';
import type { Condition, Path, Selector } from './mapping-schema.ts';

/** What stands at the end of a path; undefined where it leads nowhere. */
export function at(record: JsonObject, path: Path): JsonValue | undefined {
  if (typeof path === 'string') return member(record, path);
  let value: JsonValue | undefined = record;
  for (const step of path) {
    if (typeof step === 'number') value = Array.isArray(value) ? (value[step] as JsonValue) : undefined;
    else value = isJsonObject(value) ? member(value, step) : undefined;
  }
  return value;
}

/** All that stand at the end of a path in which `*` is every element of an array. */
export function allAt(value: JsonValue | undefined, path: readonly (string | number)[]): JsonValue[] {
  const [step, ...rest] = path;
  if (step === undefined) return value === undefined ? [] : [value];
  if (step === '*') return Array.isArray(value) ? value.flatMap((one) => allAt(one as JsonValue, rest)) : [];
  const next =
    typeof step === 'number'
      ? Array.isArray(value)
        ? (value[step] as JsonValue | undefined)
        : undefined
      : isJsonObject(value)
        ? member(value, step)
        : undefined;
  return allAt(next, rest);
}

/** A scalar as text, a number as it was written; undefined for null, an object, an array and an empty text. */
export function scalar(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (value instanceof NumberLexeme) return value.lexeme;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The text that a selector gives for a record; undefined where it finds none. */
export function select(record: JsonObject, selector: Selector): string | undefined {
  if ('const' in selector) return selector.const;
  if ('field' in selector) {
    const text = scalar(at(record, selector.field));
    if (selector.table === undefined || text === undefined) return text;
    return Object.hasOwn(selector.table, text) ? selector.table[text] : undefined;
  }
  if ('first' in selector) {
    for (const one of selector.first) {
      const text = select(record, one);
      if (text !== undefined) return text;
    }
    return undefined;
  }
  if ('join' in selector) {
    const parts = selector.join.map((one) => select(record, one));
    // All or nothing: half a name would be another one's.
    return parts.includes(undefined) ? undefined : parts.join(selector.with);
  }
  const found = selector.cases.find(({ when }) => holds(record, when));
  const chosen = found?.use ?? selector.otherwise;
  return chosen === undefined ? undefined : select(record, chosen);
}

export function holds(record: JsonObject, condition: Condition): boolean {
  if ('all' in condition) return condition.all.every((one) => holds(record, one));
  if ('any' in condition) return condition.any.some((one) => holds(record, one));
  if ('not' in condition) return !holds(record, condition.not);
  const value = at(record, condition.field);
  if ('exists' in condition) return (value !== undefined && value !== null) === condition.exists;
  const text = scalar(value);
  if (text === undefined) return false;
  if ('starts_with' in condition) return text.startsWith(condition.starts_with);
  // As text: a log writes `"4"` and `4` for the same level.
  if ('equals' in condition) return text === String(condition.equals);
  return condition.in.some((one) => text === String(one));
}
