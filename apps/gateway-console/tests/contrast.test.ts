import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const css = readFileSync(new URL('../src/theme/tokens.css', import.meta.url), 'utf8');

type Theme = 'light' | 'dark';

const TOKENS: ReadonlyMap<string, Readonly<Record<Theme, string>>> = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
);

const TONES = ['ok', 'warn', 'bad', 'info', 'idle'];
const SEVERITIES = ['critical', 'high', 'medium', 'low', 'informational'].map((name) => `severity-${name}`);
const GROUNDS = ['bg', 'surface', 'surface-2', 'hover'];

/** WCAG 2.2, 1.4.3 (text, 4.5) and 1.4.11 (what marks a control or is the focus, 3). */
const TEXT: readonly (readonly [string, string])[] = [
  ...['text', 'muted', 'accent', ...TONES, ...SEVERITIES].flatMap((name) =>
    GROUNDS.map((ground) => [name, ground] as const),
  ),
  ...[...TONES, ...SEVERITIES].map((name) => [name, `${name}-soft`] as const),
  ...['text', 'accent'].map((name) => [name, 'accent-soft'] as const),
  ...['warn-soft', 'bad-soft'].map((ground) => ['text', ground] as const),
  ['on-accent', 'accent'],
  ['surface', 'text'],
];
const MARKS = [
  'border-strong',
  'focus',
  'chart-1',
  'chart-2',
  'chart-3',
  'chart-4',
  'chart-5',
  'chart-6',
].flatMap((name) => ['bg', 'surface'].map((ground) => [name, ground] as const));

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(first: string, second: string): number {
  const [dark = 0, light = 0] = [luminance(first), luminance(second)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function tooWeak(pairs: readonly (readonly [string, string])[], least: number): readonly string[] {
  return pairs.flatMap(([name, ground]) =>
    (['light', 'dark'] as const).flatMap((theme) => {
      const [front, back] = [TOKENS.get(name)?.[theme], TOKENS.get(ground)?.[theme]];
      if (front === undefined || back === undefined)
        return [`${name} or ${ground} is no colour of the tokens`];
      const found = contrast(front, back);
      return found >= least ? [] : [`${name} on ${ground}, ${theme}: ${found.toFixed(2)}`];
    }),
  );
}

describe('the colours of both themes', () => {
  test('text can be read on every ground that it stands on', () => {
    expect(tooWeak(TEXT, 4.5)).toEqual([]);
  });

  test('borders of controls, the focus and lines of charts can be seen', () => {
    expect(tooWeak(MARKS, 3)).toEqual([]);
  });
});
