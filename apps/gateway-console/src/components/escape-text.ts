/** A stretch of text: as it is, or one character that does not show itself and is shown by its number. */
export interface Stretch {
  readonly text: string;
  readonly isEscape: boolean;
  /** Where it begins, in UTF-16 units: a key for React. */
  readonly at: number;
}

/**
 * What must not reach the page as it is: controls (C0, C1, DEL), lone surrogates, private use, what is not assigned, line
 * and paragraph separators, interlinear marks, and whatever a font shows as nothing (Unicode's default-ignorable code
 * points: direction marks, embeddings, overrides and isolates, zero width, soft hyphen, fillers, tags, byte order mark).
 * A joiner and a variation selector may stay where an emoji needs them.
 */
const HIDDEN =
  /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\ufff9-\ufffb]|(?![\ufe00-\ufe0f\u200d])\p{DI}|(?<!\p{ExtPict}\ufe0f?\p{EMod}?)\u200d|(?<!\p{Emoji})[\ufe00-\ufe0f]/gu;

/** Splits hostile text into what can be shown and what is shown by its number (`\u{202E}`); nothing is lost. */
export function stretches(text: string, keepsLines = false): readonly Stretch[] {
  const parts: Stretch[] = [];
  let from = 0;
  for (const found of text.matchAll(HIDDEN)) {
    const character = found[0];
    if (keepsLines && (character === '\n' || character === '\t')) continue;
    if (found.index > from) parts.push({ text: text.slice(from, found.index), isEscape: false, at: from });
    parts.push({ text: escapeOf(character), isEscape: true, at: found.index });
    from = found.index + character.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), isEscape: false, at: from });
  return parts;
}

/** The same as one string: for a title, an attribute, a canvas, where no markup can be. */
export function escaped(text: string): string {
  return stretches(text)
    .map((part) => part.text)
    .join('');
}

/** At most so many UTF-16 units, never half of a pair. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(most - 1)) ? most - 1 : most;
  return text.slice(0, end);
}

function escapeOf(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  const point = character.codePointAt(0) ?? 0;
  return `\\u{${point.toString(16).toUpperCase().padStart(4, '0')}}`;
}
