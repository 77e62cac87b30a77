import { createHash } from 'node:crypto';
import { MAX_ASSET_REF } from './limits.ts';
import type { Redactor } from './redact/redactor.ts';

/** Hex digits of the digest that stands for what was cut off. */
const DIGEST_DIGITS = 32;

/** PostgreSQL's text has no U+0000, and a gateway indexes these fields. */
export function withoutNul(text: string): string {
  return text.replaceAll('\u0000', '\ufffd');
}

/**
 * Redacts and bounds what says which asset a finding is about, so that two assets never become one: where a
 * secret was removed, a number tells apart which of the different originals it was (a digest would let the
 * secret be guessed); where the text is too long, a digest of the redacted text stands for its end. One instance
 * a report, so that the numbers depend on nothing else.
 */
export class Identities {
  readonly #numbers = new Map<string, Map<string, number>>();

  /**
   * @param tag tells assets apart instead of a number, for an event that must not depend on its file
   * @returns 1..512 code points
   */
  clean(original: string, redactor: Redactor, tag?: string): string {
    const redacted = redactor.text(original);
    const text =
      redacted === original ? original : `${redacted}#${tag ?? String(this.#numberOf(redacted, original))}`;
    const points = text.length <= MAX_ASSET_REF ? null : [...text];
    if (points === null || points.length <= MAX_ASSET_REF) {
      return text === '' ? 'unknown' : withoutNul(text);
    }
    const digest = createHash('sha256').update(text).digest('hex').slice(0, DIGEST_DIGITS);
    return withoutNul(`${points.slice(0, MAX_ASSET_REF - DIGEST_DIGITS - 1).join('')}~${digest}`);
  }

  #numberOf(redacted: string, original: string): number {
    const originals = this.#numbers.get(redacted) ?? new Map<string, number>();
    this.#numbers.set(redacted, originals);
    const known = originals.get(original) ?? originals.size + 1;
    originals.set(original, known);
    return known;
  }
}
