import { createHash } from 'node:crypto';
import { RE2JS } from 're2js';
import { z } from 'zod';
import { faultsOf, parseYaml, type RuleFault } from '../mapping/load-mapping.ts';
import { plainName } from './secret-names.ts';
import type { Finder, Span } from './spans.ts';

/** Larger than any that people read; bytes. */
const MAX_BYTES = 256 * 1024;

/** As the marker `[redacted:<kind>]` and the table of redactions have it. */
const Kind = z.string().regex(/^[a-z][a-z-]{0,31}$/);

const RulesFile = z.strictObject({
  version: z.literal(1),
  names: z
    .array(z.strictObject({ name: z.string().min(1).max(256), kind: Kind }))
    .max(1024)
    .optional(),
  patterns: z
    .array(
      z.strictObject({
        kind: Kind,
        /** RE2 syntax: no back references and no look-around, so that its time is linear in the text. */
        pattern: z.string().min(1).max(1024),
        ignore_case: z.boolean().optional(),
        /** The group that is replaced; the whole match where it is absent. */
        group: z.int().min(0).max(32).optional(),
      }),
    )
    .max(64)
    .optional(),
});

/** Rules that were checked; they add to the built-in ones and never take one away. */
export interface RedactionRules {
  /** Hex SHA-256 of the file. Part of the mapping version. */
  readonly sha256: string;
  /** The kind that a member of this name holds; null for a name that has no rule. */
  kindOfName(name: string): string | null;
  readonly finders: readonly Finder[];
}

export type LoadedRules =
  | { readonly ok: true; readonly value: RedactionRules }
  | { readonly ok: false; readonly faults: readonly RuleFault[] };

/**
 * Redaction rules of one's own, out of a YAML (or JSON) text; every fault with its path. Patterns run on RE2's
 * automata: the texts are hostile, and one that backtracks could be made to stand still.
 */
export function loadRedactionRules(bytes: Uint8Array): LoadedRules {
  const parsed = parseYaml(bytes, MAX_BYTES);
  if (!parsed.ok) return parsed;
  const checked = RulesFile.safeParse(parsed.value);
  if (!checked.success) return { ok: false, faults: faultsOf(checked.error.issues) };
  const { names = [], patterns = [] } = checked.data;
  const faults: RuleFault[] = [];
  const finders: Finder[] = [];
  for (const [index, rule] of patterns.entries()) {
    const compiled = compile(rule.pattern, rule.ignore_case === true, rule.group ?? 0);
    if (compiled.ok) finders.push(finderOf(compiled.value, rule.kind, rule.group ?? 0));
    else faults.push({ path: `patterns/${index}/${compiled.member}`, expected: compiled.expected });
  }
  for (const [index, { name }] of names.entries()) {
    if (plainName(name) === '') faults.push({ path: `names/${index}/name`, expected: 'a letter or a digit' });
  }
  if (faults.length > 0) return { ok: false, faults };
  const kinds = new Map(names.map(({ name, kind }) => [plainName(name), kind]));
  return {
    ok: true,
    value: {
      sha256: createHash('sha256').update(bytes).digest('hex'),
      kindOfName: (name) => kinds.get(plainName(name)) ?? null,
      finders,
    },
  };
}

type Compiled =
  | { readonly ok: true; readonly value: RE2JS }
  | { readonly ok: false; readonly member: 'pattern' | 'group'; readonly expected: string };

function compile(pattern: string, ignoreCase: boolean, group: number): Compiled {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  } catch {
    const expected = 'a pattern in RE2 syntax (no back reference, no look-around)';
    return { ok: false, member: 'pattern', expected };
  }
  if (group > compiled.groupCount()) {
    return {
      ok: false,
      member: 'group',
      expected: `a group of the pattern, which has ${compiled.groupCount()}`,
    };
  }
  return compiled.matcher('').find()
    ? { ok: false, member: 'pattern', expected: 'a pattern that does not match the empty text' }
    : { ok: true, value: compiled };
}

/** Characters that a pattern may look at in one text, over all of its matches. */
const MOST_WORK = 200_000_000;
const FEWEST_MATCHES = 10;

/**
 * One search is linear in the text, but each match is followed by another search, which may again look at all that is
 * left. Of a text with so many matches that this would last, the rest is removed as a whole.
 */
function finderOf(pattern: RE2JS, kind: string, group: number): Finder {
  return function* find(text): Generator<Span> {
    const most = Math.max(FEWEST_MATCHES, Math.floor(MOST_WORK / (text.length + 1)));
    const matcher = pattern.matcher(text);
    for (let matches = 0; matcher.find(); matches++) {
      const start = matcher.start(group);
      if (matches >= most) {
        yield { start: matcher.start(0), end: text.length, kind };
        return;
      }
      // A group that took no part in the match.
      if (start >= 0) yield { start, end: matcher.end(group), kind };
    }
  };
}
