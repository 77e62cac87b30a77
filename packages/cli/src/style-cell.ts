import { styleText } from 'node:util';
import type { Screen } from './screen.ts';

type Style = 'bold' | 'green' | 'yellow' | 'red' | 'dim';

/** Whole cells that are a state, in the words of both programs. Colour only repeats what the word says. */
const STATES: ReadonlyMap<string, Style> = new Map([
  ...['ok', 'active', 'delivered', 'confirmed', 'open', 'closed circuit'].map(
    (word) => [word, 'green'] as const,
  ),
  ...['warn', 'warning', 'pending', 'retiring', 'suspended', 'suppressed', 'paused'].map(
    (word) => [word, 'yellow'] as const,
  ),
  ...['fail', 'fault', 'revoked', 'quarantined', 'refused', 'failed', 'missing'].map(
    (word) => [word, 'red'] as const,
  ),
  ['skipped', 'dim'],
  ['-', 'dim'],
]);

/** The text in a style where the screen shows colours. */
export function styled(screen: Screen, style: Style, text: string): string {
  // The decision is the screen's, from the environment that the command was given.
  return screen.colour ? styleText(style, text, { validateStream: false }) : text;
}

/** A cell whose whole text is a state, in the colour of that state. The text has been escaped before. */
export function styleCell(screen: Screen, cell: string): string {
  const style = STATES.get(cell);
  return style === undefined ? cell : styled(screen, style, cell);
}
