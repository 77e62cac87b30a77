import type uPlot from 'uplot';
import { colourOf } from '../theme/theme.ts';
import { escaped } from './escape-text.ts';

export interface ChartSeries {
  readonly label: string;
  /** One for each time; null: not known. */
  readonly values: readonly (number | null)[];
  /** After a number: ` ms`. */
  readonly unit?: string;
  /** A custom property that is a colour, where the order's own does not fit: `--bad`. */
  readonly property?: string;
}

const DASHES: readonly number[][] = [[], [6, 3], [2, 3], [10, 3, 2, 3], [4, 2], [1, 2]];

/** What uPlot draws, in the colours that the page has now. Names are set by uPlot as text, not as markup. */
export function plotOptions(series: readonly ChartSeries[], height: number, at: HTMLElement): uPlot.Options {
  const muted = colourOf('--muted');
  const line = colourOf('--chart-grid');
  const axis: uPlot.Axis = {
    stroke: muted,
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  return {
    width: at.clientWidth,
    height,
    cursor: { y: false, points: { size: 6 } },
    legend: { live: true },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, (high ?? 0) * 1.1)] } },
    axes: [
      { ...axis, space: 70 },
      { ...axis, size: 52, values: (_plot, ticks) => ticks.map(short) },
    ],
    series: [
      { label: 'Time' },
      ...series.map((one, index) => ({
        label: escaped(one.label),
        stroke: colourOf(one.property ?? `--chart-${(index % 6) + 1}`),
        width: 1.75,
        dash: DASHES[index % DASHES.length] ?? [],
        points: { show: false },
        value: (_plot: uPlot, value: number | null) =>
          value === null ? '–' : `${value.toLocaleString()}${one.unit ?? ''}`,
      })),
    ],
  };
}

function short(value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}
