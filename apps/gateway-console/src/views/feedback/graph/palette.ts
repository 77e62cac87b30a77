import { colourOf } from '../../../theme/theme.ts';

/** The theme's colours, as a canvas takes them. Read anew when the theme changes. */
export interface Palette {
  readonly background: string;
  readonly surface: string;
  readonly text: string;
  readonly muted: string;
  readonly edge: string;
  readonly accent: string;
  readonly focus: string;
  readonly match: string;
  /** By kind. */
  readonly kinds: readonly string[];
  readonly font: string;
  readonly severity: Readonly<Record<string, string>>;
}

const SEVERITIES = ['critical', 'high', 'medium', 'low'];

export function readPalette(): Palette {
  const kinds = [1, 2, 3, 4, 5, 6].map((number) => colourOf(`--chart-${number}`));
  return {
    background: colourOf('--bg'),
    surface: colourOf('--surface'),
    text: colourOf('--text'),
    muted: colourOf('--muted'),
    edge: colourOf('--border-strong'),
    accent: colourOf('--accent'),
    focus: colourOf('--focus'),
    match: colourOf('--warn'),
    kinds,
    font: getComputedStyle(document.body).fontFamily,
    severity: Object.fromEntries(SEVERITIES.map((name) => [name, colourOf(`--severity-${name}`)])),
  };
}
