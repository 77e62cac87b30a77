import { isJsonObject, type JsonObject, type JsonValue, NumberLexeme } from '@nyxera/federation-protocol';

/** Typed reads of an untrusted object: what has another type counts as absent. */
export function text(object: JsonObject | undefined, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = member(object, name);
    if (typeof value === 'string' && value !== '') {
      return value;
    }
  }
  return undefined;
}

export function object(parent: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = member(parent, name);
  return isJsonObject(value) ? value : undefined;
}

/** The elements of an array; none for anything else. */
export function array(parent: JsonObject | undefined, name: string): readonly JsonValue[] {
  const value = member(parent, name);
  return Array.isArray(value) ? value : [];
}

/** A list of strings, or one string with commas (nuclei's older tags); trimmed, without empty ones. */
export function words(parent: JsonObject | undefined, name: string): readonly string[] {
  const value = member(parent, name);
  const list = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [];
  return list.flatMap((word) => (typeof word === 'string' && word.trim() !== '' ? [word.trim()] : []));
}

/** A number, whichever way it was written; undefined for anything else. */
export function number(parent: JsonObject | undefined, name: string): number | undefined {
  const value = member(parent, name);
  return typeof value === 'number' ? value : value instanceof NumberLexeme ? value.toNumber() : undefined;
}

/** Own members only: `constructor` of a plain object is not a member of the report. */
export function member(parent: JsonObject | undefined, name: string): JsonValue | undefined {
  return parent !== undefined && Object.hasOwn(parent, name) ? parent[name] : undefined;
}

/** An object of those members that are there. */
export function present(members: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}
