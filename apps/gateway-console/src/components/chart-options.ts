import type uPlot from 'uplot';
import { colourOf } from '../theme/theme.ts';
import { escaped } from './escape-text.ts';
import { localTime } from './format-time.ts';

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
      { ...axis, space: 70, values: (_plot, ticks) => ticks.map((tick) => clock(tick, ticks)) },
      { ...axis, size: 52, values: (_plot, ticks) => ticks.map(short) },
    ],
    series: [
      {
        label: 'Time',
        value: (_plot: uPlot, at: number | null) => (at === null ? '–' : localTime(new Date(at * 1000))),
      },
      ...series.map((one, index) => ({
        label: escaped(one.label),
        stroke: colourOf(one.property ?? `--chart-${(index % 6) + 1}`),
        width: 1.75,
        dash: DASHES[index % DASHES.length] ?? [],
        // A line needs two points: one that stands alone is drawn as a dot, all others are not.
        points: { show: true, size: 5, filter: (plot: uPlot, of: number) => alone(plot.data[of] ?? []) },
        value: (_plot: uPlot, value: number | null) =>
          value === null ? '–' : `${value.toLocaleString()}${one.unit ?? ''}`,
      })),
    ],
  };
}

function alone(values: ArrayLike<number | null | undefined>): number[] {
  return Array.from(values).flatMap((value, at) =>
    value != null && values[at - 1] == null && values[at + 1] == null ? [at] : [],
  );
}

/** Hours and minutes in the reader's zone; a new day says its date instead, and ticks of days say only that. */
function clock(tick: number, ticks: readonly number[]): string {
  const [day = '', time = ''] = localTime(new Date(tick * 1000)).split(' ');
  const step = (ticks[1] ?? tick) - (ticks[0] ?? tick);
  if (step >= 86_400 || time === '00:00:00') return day.slice(5);
  return step > 0 && step < 60 ? time : time.slice(0, 5);
}

function short(value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}
