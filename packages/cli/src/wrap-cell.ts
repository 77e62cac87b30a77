import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Columns of a terminal that the text takes: two for a Han character or an emoji, none for a combining mark. */
export function displayWidth(text: string): number {
  return stringWidth(text);
}

/**
 * The lines of a cell, none wider than `width` columns: broken at blanks, and within a word that is too long by
 * itself. Nothing is left out but the blank at which a line ends. The text has no control characters.
 */
export function wrapCell(text: string, width: number): readonly string[] {
  if (displayWidth(text) <= width) return [text];
  const lines: string[] = [];
  let line = '';
  const push = (piece: string): void => {
    lines.push(piece);
    line = '';
  };
  for (const word of text.split(' ')) {
    const joined = line === '' && lines.length === 0 ? word : line === '' ? word : `${line} ${word}`;
    if (displayWidth(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') push(line);
    const pieces = breakWord(word, width);
    for (const piece of pieces.slice(0, -1)) push(piece);
    line = pieces.at(-1) ?? '';
  }
  if (line !== '') push(line);
  return lines;
}

function breakWord(word: string, width: number): readonly string[] {
  if (displayWidth(word) <= width) return [word];
  const pieces: string[] = [];
  let piece = '';
  let used = 0;
  for (const { segment } of graphemes.segment(word)) {
    const wide = displayWidth(segment);
    if (piece !== '' && used + wide > width) {
      pieces.push(piece);
      piece = '';
      used = 0;
    }
    piece += segment;
    used += wide;
  }
  return piece === '' ? pieces : [...pieces, piece];
}
