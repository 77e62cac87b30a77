import type { Counts } from './matrix.ts';

/** What the matrix is coloured by. */
export type Mode = 'coverage' | 'findings';

/** Classes of colour. Coverage: how many events, by powers of ten. Findings: the worst there is. */
export type Shade = 'none' | 'c1' | 'c2' | 'c3' | 'c4' | 'c5' | 'finding' | 'high' | 'critical';

export function shadeOf(counts: Counts, mode: Mode): Shade {
  if (mode === 'coverage') {
    if (counts.events === 0) return 'none';
    const digits = Math.min(5, Math.floor(Math.log10(counts.events)) + 1);
    return `c${digits}` as Shade;
  }
  if (counts.critical > 0) return 'critical';
  if (counts.high > 0) return 'high';
  return counts.findings > 0 ? 'finding' : 'none';
}

export interface ShadeStyle {
  readonly label: string;
  /** Of pictures and layers that leave the page: the same on every screen. The page has its theme's. */
  readonly fill: string;
  /** Beside the colour, so that nothing is said by colour alone. */
  readonly mark: string;
}

export const SHADES: Readonly<Record<Shade, ShadeStyle>> = {
  none: { label: 'none', fill: '#ffffff', mark: '' },
  c1: { label: '1 to 9 events', fill: '#e3edfb', mark: '' },
  c2: { label: '10 to 99', fill: '#c6dbf7', mark: '' },
  c3: { label: '100 to 999', fill: '#a3c4f0', mark: '' },
  c4: { label: '1,000 to 9,999', fill: '#7dabe8', mark: '' },
  c5: { label: '10,000 and more', fill: '#5a94df', mark: '' },
  finding: { label: 'findings, none of them high', fill: '#fbefd2', mark: '●' },
  high: { label: 'high', fill: '#fbc9b2', mark: '▲' },
  critical: { label: 'critical', fill: '#f2a0bd', mark: '◆' },
};

/** In the order of a legend. */
export const SHADES_OF: Readonly<Record<Mode, readonly Shade[]>> = {
  coverage: ['none', 'c1', 'c2', 'c3', 'c4', 'c5'],
  findings: ['none', 'finding', 'high', 'critical'],
};

export function countOf(counts: Counts, mode: Mode): number {
  return mode === 'coverage' ? counts.events : counts.findings;
}
