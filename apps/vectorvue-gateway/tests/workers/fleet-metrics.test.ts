import { expect, test } from '@jest/globals';
import { createMetrics, type Metrics } from '../../src/metrics.ts';
import type { Fleet } from '../../src/workers/fleet.ts';
import { createFleetMetrics, toJson } from '../../src/workers/fleet-metrics.ts';
import type { WorkerReport } from '../../src/workers/messages.ts';

/** What stands for a worker here: its real registry, and the report that the channel would carry. */
function workerWith(slot: number, use: (metrics: Metrics) => void) {
  const metrics = createMetrics();
  use(metrics);
  const link = {
    slot,
    leaving: false,
    report: null as WorkerReport | null,
    refreshReport: async () => {
      // Over the channel it is JSON.
      link.report = JSON.parse(
        JSON.stringify({ metrics: await toJson(metrics.registry), rssBytes: 1000 * slot }),
      );
    },
  };
  return link;
}

function seriesOf(text: string, series: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? Number.NaN : Number(line.slice(series.length + 1));
}

const ACCEPTED = 'vectorvue_requests_total{endpoint="telemetry",code="accepted"}';
const COUNT = 'vectorvue_request_seconds_count{endpoint="telemetry"}';

test('counters and histograms are sums; a worker that is gone stays counted; gauges are those of the living', async () => {
  const one = workerWith(1, (metrics) => {
    for (let n = 0; n < 3; n += 1) metrics.answered('telemetry', 'accepted', 0.002);
    metrics.connections(() => 7);
    metrics.eventLoopDelay(() => 0.25);
  });
  const two = workerWith(2, (metrics) => {
    for (let n = 0; n < 4; n += 1) metrics.answered('telemetry', 'accepted', 0.2);
    metrics.connections(() => 5);
    metrics.eventLoopDelay(() => 0.5);
  });
  const fleet = { links: [one, two], wanted: 2, serving: 2 };
  const own = createMetrics();
  const metrics = createFleetMetrics(own);
  metrics.observe(fleet as unknown as Fleet);

  const both = await metrics.text();
  expect(seriesOf(both, ACCEPTED)).toBe(7);
  expect(seriesOf(both, COUNT)).toBe(7);
  expect(seriesOf(both, 'vectorvue_request_seconds_bucket{le="0.0025",endpoint="telemetry"}')).toBe(3);
  expect(seriesOf(both, 'vectorvue_connections')).toBe(12);
  expect(seriesOf(both, 'vectorvue_event_loop_delay_seconds')).toBe(0.5);
  expect(seriesOf(both, 'vectorvue_worker_event_loop_delay_seconds{worker="1"}')).toBe(0.25);
  expect(seriesOf(both, 'vectorvue_worker_resident_memory_bytes{worker="2"}')).toBe(2000);

  // Killed: nobody could ask it again, and what it had said last stands.
  fleet.links = [two];
  fleet.serving = 1;
  metrics.farewell(one.report);
  metrics.farewell(null);
  metrics.restarted('died');
  const after = await metrics.text();
  expect(seriesOf(after, ACCEPTED)).toBe(7);
  expect(seriesOf(after, COUNT)).toBe(7);
  expect(seriesOf(after, 'vectorvue_connections')).toBe(5);
  expect(seriesOf(after, 'vectorvue_worker_resident_memory_bytes{worker="1"}')).toBeNaN();
  expect(seriesOf(after, 'vectorvue_workers_serving')).toBe(1);
  expect(seriesOf(after, 'vectorvue_worker_restarts_total{reason="died"}')).toBe(1);

  fleet.links = [];
  metrics.farewell(two.report);
  expect(seriesOf(await metrics.text(), ACCEPTED)).toBe(7);
});
