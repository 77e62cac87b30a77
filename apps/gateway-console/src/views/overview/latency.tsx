import { Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import styles from './overview.module.css';
import type { Overview } from './use-overview.ts';

type LatencyData = NonNullable<Overview['latency']>;

/** null: beyond the last bound of the histogram. */
export function describeLatency(milliseconds: number | null): string {
  if (milliseconds === null) return '> 5 s';
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

export function LatencyPanel({ latency }: { readonly latency: LatencyData }) {
  return (
    <Panel
      title="Latency"
      about={
        <>
          Of this gateway alone, from the end of a request’s headers to its answer; estimated from the buckets
          of the histogram <code>vectorvue_request_seconds</code>,{' '}
          {latency.since === null ? (
            'since its start'
          ) : (
            <>
              since <Time at={latency.since} />
            </>
          )}
          .
        </>
      }
    >
      {latency.endpoints.length === 0 ? (
        <p className={styles.note}>No request was answered in this time.</p>
      ) : (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Endpoint</th>
              <th scope="col" data-align="end">
                Answers
              </th>
              <th scope="col" data-align="end">
                Half within
              </th>
              <th scope="col" data-align="end">
                99 of 100 within
              </th>
            </tr>
          </thead>
          <tbody>
            {latency.endpoints.map((row) => (
              <tr key={row.endpoint}>
                <th scope="row">
                  <Text value={row.endpoint} />
                </th>
                <td data-align="end">{row.answers.toLocaleString()}</td>
                <td data-align="end">{describeLatency(row.p50_ms)}</td>
                <td data-align="end">{describeLatency(row.p99_ms)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
