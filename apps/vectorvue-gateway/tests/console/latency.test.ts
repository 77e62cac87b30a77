/** Quantiles out of a histogram, and the metrics text that it comes in. */
import { expect, test } from '@jest/globals';
import { Histogram, Registry } from 'prom-client';
import {
  LATENCY_METRIC,
  LatencyWindow,
  latencyBetween,
  sampleLatency,
} from '../../src/console/overview/latency.ts';
import { readMetrics } from '../../src/console/overview/read-metrics.ts';
import { warnOfProcess } from '../../src/console/overview/warn-of-process.ts';

const registry = new Registry();
const histogram = new Histogram({
  name: 'vectorvue_request_seconds',
  help: 'h',
  labelNames: ['endpoint'],
  buckets: [0.01, 0.1, 1],
  registers: [registry],
});
const observe = (endpoint: string, seconds: number, times: number) => {
  for (let n = 0; n < times; n += 1) histogram.observe({ endpoint }, seconds);
};
const sample = async () => sampleLatency(readMetrics(await registry.metrics(), [LATENCY_METRIC]));

test('a quantile is about the span, within its bucket; beyond the last bound it is not known', async () => {
  observe('graph', 5, 10);
  const before = await sample();
  observe('telemetry', 0.005, 98);
  observe('telemetry', 0.5, 2);
  observe('graph', 0.05, 1);
  const after = await sample();
  expect(latencyBetween(before, after)).toEqual([
    { endpoint: 'telemetry', answers: 100, p50_ms: 5.102, p99_ms: 550 },
    { endpoint: 'graph', answers: 1, p50_ms: 55, p99_ms: 99.1 },
  ]);
  expect(latencyBetween(new Map(), before)).toMatchObject([
    { endpoint: 'graph', p50_ms: null, p99_ms: null },
  ]);
  // A worker that is gone took its counts along: what is left counts from nothing.
  expect(latencyBetween(after, before)).toMatchObject([{ endpoint: 'graph', answers: 10 }]);

  const minute = 60_000;
  const window = new LatencyWindow(5 * minute);
  window.add(0, before);
  window.add(0.9 * minute, before);
  expect(window.read()).toMatchObject({ sinceMs: null, latency: [{ endpoint: 'graph', answers: 10 }] });
  window.add(4 * minute, before);
  window.add(5 * minute, after);
  expect(window.read()).toMatchObject({ sinceMs: 0, latency: [{ answers: 100 }, { answers: 1 }] });
  window.add(6 * minute, after);
  expect(window.read()).toMatchObject({ sinceMs: 0.9 * minute });
});

test('labels come back as they were, and other metrics are passed over', () => {
  const text = 'a_total{x="q\\"u\\\\o\\nte",y=""} 3\na_total_more 7\n# HELP a_total 9\nb{le="+Inf"} +Inf\n';
  expect(readMetrics(text, ['a_total', 'b'])).toMatchObject([
    { name: 'a_total', labels: { x: 'q"u\\o\nte', y: '' }, value: 3 },
    { name: 'b', labels: { le: '+Inf' }, value: Number.POSITIVE_INFINITY },
  ]);
});

test('certificates and lists are told of in time, and reasons against being ready always', () => {
  const day = 86_400;
  const expiry = (what: string, days: number, identity = '') => ({
    name: 'vectorvue_certificate_expiry_seconds',
    labels: { what, sha256: 'ab', identity },
    value: days * day,
  });
  const samples = [
    expiry('server', 1),
    expiry('ca', 13),
    expiry('client', -1, 'agent-a'),
    expiry('chain', 15),
    expiry('crl', 0.5),
    expiry('crl', 2),
  ];
  const warnings = warnOfProcess(['store: away'], samples, 0);
  expect(warnings.map(({ kind, severity, text }) => [kind, severity, text])).toEqual([
    ['not_ready', 'critical', 'Not ready: store: away'],
    ['certificate_ends', 'critical', 'The certificate of this gateway ends in 24 hours'],
    ['certificate_ends', 'warning', 'A client CA ends in 13 days'],
    ['certificate_ends', 'warning', 'The certificate of agent-a ended 24 hours ago'],
    [
      'revocation_list_ends',
      'critical',
      'A revocation list ends in 12 hours: then no client of that CA gets in',
    ],
  ]);
  expect(warnings.every(({ tenants }) => tenants === null)).toBe(true);
});
