import { isJsonObject, type JsonObject, type JsonValue, NumberLexeme } from '@nyxera/federation-protocol';
import {
  MAX_DESCRIPTION,
  MAX_DETAIL_DEPTH,
  MAX_DETAIL_ELEMENTS,
  MAX_DETAIL_STRING,
  MAX_DETAIL_TOTAL,
  MAX_DETAIL_VALUES,
} from './limits.ts';

/** Room for `… [cut: <digits> more code points]`. */
const MARKER_ROOM = 48;

/**
 * At most `max` code points. What is cut is stated in place, so that nobody takes the rest for the whole.
 * @param max at least 48
 */
export function cutText(text: string, max: number): string {
  if (text.length <= max) {
    return text;
  }
  const points = countPoints(text);
  if (points <= max) {
    return text;
  }
  const kept = max - MARKER_ROOM;
  let at = 0;
  for (let n = 0; n < kept; n++) {
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  }
  return `${text.slice(0, at)}… [cut: ${points - kept} more code points]`;
}

function countPoints(text: string): number {
  let points = 0;
  for (let at = 0; at < text.length; points++) {
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  }
  return points;
}

export function boundDescription(text: string): string {
  return cutText(text, MAX_DESCRIPTION);
}

export interface Bounded {
  readonly value: JsonObject;
  /** Paths of what was cut, e.g. "response"; at most 32, sorted. */
  readonly cut: readonly string[];
}

/** A scanner's details within fixed bounds: string, list, depth and sum. Everything that is cut says so. */
export function boundDetails(details: JsonObject): Bounded {
  const trimmer = new Trimmer();
  const value = trimmer.object(details, '', 0);
  return { value, cut: [...trimmer.cut].sort().slice(0, 32) };
}

class Trimmer {
  readonly cut = new Set<string>();
  #room = MAX_DETAIL_TOTAL;
  #values = 0;

  object(object: JsonObject, path: string, depth: number): JsonObject {
    const names = Object.keys(object);
    const copy: Record<string, JsonValue> = Object.create(null);
    let kept = 0;
    for (const name of names) {
      if (kept === MAX_DETAIL_ELEMENTS || this.#values >= MAX_DETAIL_VALUES) {
        break;
      }
      const short = this.#string(name, path);
      const key = Object.hasOwn(copy, short) ? `${short}#${kept}` : short;
      copy[key] = this.#value(object[name] ?? null, path === '' ? name.slice(0, 64) : path, depth + 1);
      kept++;
    }
    if (kept < names.length) {
      this.cut.add(path);
      copy['[cut]'] = `${names.length - kept} more members`;
    }
    return copy;
  }

  #value(value: JsonValue, path: string, depth: number): JsonValue {
    this.#values++;
    if (typeof value === 'string') {
      return this.#string(value, path);
    }
    if (value instanceof NumberLexeme) {
      this.#room -= value.lexeme.length;
      return value;
    }
    if (!Array.isArray(value) && !isJsonObject(value)) {
      return value;
    }
    if (depth >= MAX_DETAIL_DEPTH) {
      this.cut.add(path);
      return '[cut: nested too deeply]';
    }
    return Array.isArray(value)
      ? this.#array(value, path, depth)
      : this.object(value as JsonObject, path, depth);
  }

  #array(values: readonly JsonValue[], path: string, depth: number): JsonValue {
    const kept: JsonValue[] = [];
    for (const value of values) {
      if (kept.length === MAX_DETAIL_ELEMENTS || this.#values >= MAX_DETAIL_VALUES) {
        break;
      }
      kept.push(this.#value(value, path, depth + 1));
    }
    if (kept.length < values.length) {
      this.cut.add(path);
      kept.push(`[cut: ${values.length - kept.length} more elements]`);
    }
    return kept;
  }

  /** Each string on its own, and all together: the later ones get what room is left. */
  #string(text: string, path: string): string {
    const short = cutText(text, Math.max(64, Math.min(MAX_DETAIL_STRING, this.#room)));
    this.#room -= short.length;
    if (short !== text) {
      this.cut.add(path);
    }
    return short;
  }
}
