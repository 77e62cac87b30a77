import type { TechniqueNamed } from '../types.ts';

const TECHNIQUE = /^T[0-9]{4}(?:\.[0-9]{3})?$/;

/** True for the form that PROTOCOL.md section 7 asks for, after trimming and upper-casing. */
export function isTechniqueId(word: string): boolean {
  return TECHNIQUE.test(word.trim().toUpperCase());
}

/**
 * Techniques among the words that a report attaches to a finding: `T1190`, `attack.t1190`, `mitre:T1190`,
 * `external/attack/T1190`. Only whole words: a technique in the middle of prose is not a classification.
 */
export function namedTechniques(words: Iterable<string>): readonly TechniqueNamed[] {
  const found = new Map<string, TechniqueNamed>();
  for (const word of words) {
    const id = word
      .trim()
      .toUpperCase()
      .replace(/^(?:MITRE[-_.:/]?)?(?:EXTERNAL\/)?(?:ATTACK|ATT&CK)?[-_.:/]?/, '');
    if (isTechniqueId(id) && !found.has(id)) {
      found.set(id, { id, basis: 'report', reason: 'named in the report' });
    }
  }
  return [...found.values()];
}
