import { useMemo } from 'react';
import { Chart } from '../../components/chart.tsx';
import type { ChartSeries } from '../../components/chart-options.ts';
import { Columns, Panel } from '../../components/page.tsx';
import { Stat, Stats } from '../../components/stat.tsx';
import { Time } from '../../components/time.tsx';
import { describeLatency } from './latency.tsx';
import { added, MINUTE_SECONDS, sum, wholeMinutes } from './minutes.ts';
import styles from './overview.module.css';
import type { Overview } from './use-overview.ts';

/** Lines of the chart of codes; what is beyond is one line together. */
const CODES = 5;

export function Traffic({ traffic, latency }: Pick<Overview, 'traffic' | 'latency'>) {
  const refusedPerMinute = useMemo(
    () => added(traffic.refused.map(({ per_minute }) => per_minute)),
    [traffic],
  );
  const busiest = latency?.endpoints[0];
  return (
    <>
      <Stats>
        <Stat {...counted('Accepted', traffic.accepted)} />
        <Stat {...counted('Duplicates', traffic.duplicate)} />
        <Stat {...counted('Refused', refusedPerMinute)} />
        {busiest !== undefined && (
          <Stat
            label={`Answered in, half of ${busiest.endpoint}`}
            value={describeLatency(busiest.p50_ms)}
            hint={`99 of 100 within ${describeLatency(busiest.p99_ms)}`}
          />
        )}
      </Stats>
      <Charts traffic={traffic} refusedPerMinute={refusedPerMinute} />
      {traffic.counted_from > traffic.from && (
        <p className={styles.note} role="status">
          Still counting what was before <Time at={traffic.counted_from} />.
        </p>
      )}
    </>
  );
}

function counted(label: string, perMinute: readonly number[]) {
  const last = perMinute.at(-2) ?? 0;
  return {
    label: `${label}, last minute`,
    value: last.toLocaleString(),
    hint: `${sum(perMinute).toLocaleString()} in this hour`,
  };
}

interface ChartsProps {
  readonly traffic: Overview['traffic'];
  readonly refusedPerMinute: readonly number[];
}

function Charts({ traffic, refusedPerMinute }: ChartsProps) {
  const from = Date.parse(traffic.from) / 1000;
  const knownFrom = Date.parse(traffic.counted_from) / 1000;
  const times = useMemo(
    () => wholeMinutes(traffic.accepted).map((_, index) => from + index * MINUTE_SECONDS),
    [traffic, from],
  );
  const { events, codes } = useMemo(() => {
    const line = (label: string, counts: readonly number[], property?: string): ChartSeries => ({
      label,
      values: wholeMinutes(counts).map((count, index) =>
        from + index * MINUTE_SECONDS < knownFrom ? null : count,
      ),
      ...(property === undefined ? {} : { property }),
    });
    const others = traffic.refused.slice(CODES).map(({ per_minute }) => per_minute);
    return {
      events: [
        line('accepted', traffic.accepted, '--ok'),
        line('duplicates', traffic.duplicate, '--info'),
        line('refused', refusedPerMinute, '--bad'),
      ],
      codes: [
        ...traffic.refused.slice(0, CODES).map(({ code, per_minute }) => line(code, per_minute)),
        ...(others.length === 0 ? [] : [line(`${others.length} others`, added(others))]),
      ],
    };
  }, [traffic, refusedPerMinute, from, knownFrom]);
  return (
    <Columns min={26}>
      <Panel title="Events">
        <Chart title="Accepted, duplicates and refused" unit="per minute" times={times} series={events} />
      </Panel>
      {codes.length > 0 && (
        <Panel title="Refusals">
          <Chart title="Refused, by code" unit="per minute" times={times} series={codes} />
        </Panel>
      )}
    </Columns>
  );
}
