import { isJsonObject, type JsonObject, type JsonValue, NumberLexeme } from '@nyxera/federation-protocol';
import { findCurlOptions, findPrivateKeys, findUrlCredentials } from './find-blocks.ts';
import { findHeaders } from './find-headers.ts';
import { findMembers } from './find-members.ts';
import { findJwts, findSchemes, TOKEN_PATTERNS, tokenFinder } from './find-tokens.ts';
import type { RedactionRules } from './redaction-rules.ts';
import { kindOfName } from './secret-names.ts';
import { type Finder, marker, replaceSpans } from './spans.ts';

/**
 * In this order: blocks first, because a key may look like many things; then what is known by its place
 * (headers, URLs, options, members); then what is known by its own form.
 */
const FINDERS: readonly Finder[] = [
  findPrivateKeys,
  findHeaders,
  findUrlCredentials,
  findCurlOptions,
  findMembers,
  findSchemes,
  findJwts,
  ...TOKEN_PATTERNS.map(([kind, pattern]) => tokenFinder(kind, pattern)),
];

/**
 * Every secret that a finder knows has one of these in its name, place or form. One pass over a text that has none
 * replaces twenty: most strings of a report are short and harmless.
 */
export const TRIGGER: RegExp =
  /-----BEGIN|:\/\/|curl|cookie|authorization|key|token|pass|pwd|secret|credential|sess|sig|auth|bearer|basic|splunk|eyJ|A(?:KIA|SIA|BIA|CCA)|AIza|ya29\.|GOCSPX|Q~|gh[pousr]_|github_pat|gl[a-z]{2,4}-|xox[a-z]-|xapp-|slack|[sr]k_(?:live|test)|npm_|SG\./i;

/** Members that name the thing whose secret is in the member `value` beside it (HAR, headers as objects), in any case. */
const NAMING: ReadonlySet<string> = new Set(['name', 'key', 'header']);

/**
 * Removes secrets before anything is signed: what was signed is evidence for years. Each one is replaced where
 * it stood by `[redacted:<kind>]` and counted. What it cannot know: a secret without a telling name, place or
 * form, one that is encoded (base64, hex, percent), or split over strings. src/intake/README.md lists the kinds.
 */
export class Redactor {
  readonly #counts = new Map<string, number>();
  readonly #own: RedactionRules | null;

  /** @param own rules that add to the built-in ones */
  constructor(own: RedactionRules | null = null) {
    this.#own = own;
  }

  /** How many were replaced, by kind, sorted by name. */
  counts(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  text(text: string): string {
    const builtIn = TRIGGER.test(text) ? this.#replace(text, FINDERS) : text;
    return this.#own === null ? builtIn : this.#replace(builtIn, this.#own.finders);
  }

  #replace(text: string, finders: readonly Finder[]): string {
    return finders.reduce((current, find) => replaceSpans(current, find, (kind) => this.#count(kind)), text);
  }

  #kindOfName(name: string): string | null {
    return this.#own?.kindOfName(name) ?? kindOfName(name);
  }

  /** Every string of the value, member names too; numbers and strings of members whose name says "secret". */
  value(value: JsonValue): JsonValue {
    if (typeof value === 'string') {
      return this.text(value);
    }
    if (Array.isArray(value)) {
      return this.#array(value);
    }
    return isJsonObject(value) ? this.object(value) : value;
  }

  object(object: JsonObject): JsonObject {
    const copy: Record<string, JsonValue> = Object.create(null);
    const beside = this.#kindOfValueBeside(object);
    const names = new Names();
    for (const [name, value] of Object.entries(object)) {
      const kind = beside !== null && name.toLowerCase() === 'value' ? beside : this.#kindOfName(name);
      copy[names.free(this.text(name))] = kind === null ? this.value(value) : this.#blank(value, kind);
    }
    return copy;
  }

  #array(values: readonly JsonValue[]): JsonValue {
    const [name, value] = values;
    const kind = values.length === 2 && typeof name === 'string' ? this.#kindOfName(name) : null;
    return kind === null || typeof name !== 'string' || value === undefined
      ? values.map((element) => this.value(element))
      : [this.text(name), this.#blank(value, kind)];
  }

  #kindOfValueBeside(object: JsonObject): string | null {
    for (const [naming, name] of Object.entries(object)) {
      const kind =
        typeof name === 'string' && NAMING.has(naming.toLowerCase()) ? this.#kindOfName(name) : null;
      if (kind !== null) {
        return kind;
      }
    }
    return null;
  }

  /** Every leaf that can hold a secret; true, false, null and empty strings cannot. */
  #blank(value: JsonValue, kind: string): JsonValue {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
      return value === '' ? value : this.#replaced(kind);
    }
    if (value instanceof NumberLexeme) {
      return this.#replaced(kind);
    }
    if (Array.isArray(value)) {
      return value.map((element) => this.#blank(element, kind));
    }
    if (isJsonObject(value)) {
      const copy: Record<string, JsonValue> = Object.create(null);
      const names = new Names();
      for (const [name, member] of Object.entries(value)) {
        copy[names.free(this.text(name))] = this.#blank(member, kind);
      }
      return copy;
    }
    return value;
  }

  #replaced(kind: string): string {
    this.#count(kind);
    return marker(kind);
  }

  #count(kind: string): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }
}

/** Two member names may become equal by redaction; neither value may be lost, so the second gets a number. */
class Names {
  readonly #used = new Set<string>();
  readonly #last = new Map<string, number>();

  free(name: string): string {
    let free = name;
    while (this.#used.has(free)) {
      const n = (this.#last.get(name) ?? 1) + 1;
      this.#last.set(name, n);
      free = `${name}#${n}`;
    }
    this.#used.add(free);
    return free;
  }
}
