import { useEffect, useId, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useIsDark } from '../theme/theme.ts';
import { Button } from './button.tsx';
import styles from './chart.module.css';
import { type ChartSeries, plotOptions } from './chart-options.ts';
import { ChartTable } from './chart-table.tsx';

export interface ChartProps {
  readonly title: string;
  /** Unix seconds, ascending. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  /** What is counted, for the table and the axis: `per minute`, `ms`. */
  readonly unit: string;
  /** Pixels. */
  readonly height?: number;
}

/** Lines over time. The same numbers can be read as a table; lines are told apart by dash as well as by colour. */
export function Chart({ title, times, series, unit, height = 180 }: ChartProps) {
  const [isTable, setTable] = useState(false);
  const id = useId();
  return (
    <figure className={styles.chart} aria-labelledby={id}>
      <figcaption className={styles.head}>
        <h3 id={id}>
          {title} <small>{unit}</small>
        </h3>
        <Button aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? 'As a chart' : 'As a table'}
        </Button>
      </figcaption>
      {isTable ? (
        <ChartTable title={title} times={times} series={series} />
      ) : (
        <Plot
          times={times}
          series={series}
          height={height}
          label={`${title}, ${unit}; the table has the numbers`}
        />
      )}
    </figure>
  );
}

interface PlotProps {
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly height: number;
  readonly label: string;
}

function Plot({ times, series, height, label }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = useRef<uPlot.AlignedData>([[]]);
  data.current = [[...times], ...series.map((line) => [...line.values])];
  const isDark = useIsDark();
  // The lines' names, not the numbers, make a new plot; numbers are given to the one that is there.
  const names = JSON.stringify(series.map(({ label: name, unit, property }) => [name, unit, property]));
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const made = new uPlot(plotOptions(series, height, element), data.current, element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [names, height, isDark]);
  useEffect(() => plot.current?.setData(data.current), [times, series]);
  return <div ref={place} className={styles.plot} role="img" aria-label={label} />;
}
