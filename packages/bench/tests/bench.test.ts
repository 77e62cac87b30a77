import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing/temporary-directory';
import type { GatewayMeasurement, Report } from '../src/report.ts';

// The whole benchmark, as little of everything as possible. Nothing here asserts how fast anything is.
const directory = temporaryDirectory('bench-smoke');
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
let report: Report;
let stdout = '';

beforeAll(async () => {
  const out = join(directory.path, 'bench.json');
  const args = ['--disable-warning=ExperimentalWarning', main, '--smoke', '--filled', '--out', out];
  ({ stdout } = await promisify(execFile)(process.execPath, args, { timeout: 420_000 }));
  report = JSON.parse(readFileSync(out, 'utf8')) as Report;
}, 440_000);
afterAll(directory.remove);

function expectRate(value: number): void {
  expect(Number.isFinite(value)).toBe(true);
  expect(value).toBeGreaterThan(0);
}

test('every rate was produced', () => {
  expectRate(report.verifyPerSecond);
  expectRate(report.bareHttpsPerSecond);
  expectRate(report.bareExpressPerSecond);
  expectRate(report.bareInsertSinglesPerSecond);
  expectRate(report.bareInsertBatchesPerSecond);
  expectRate(report.agent.eventsPerSecond);
  expect(report.source).not.toBe('');
});

test('both databases were measured with single events', () => {
  const singles = report.gateways.filter((one) => one.batch === null).map((one) => one.database);
  expect(singles).toEqual(['postgresql', 'embedded']);
});

function expectWhole(one: GatewayMeasurement): void {
  expectRate(one.eventsPerSecond);
  expectRate(one.diskBytesPerEvent);
  expect(Object.keys(one.statuses)).toEqual(['202']);
  expect(one.eventsSent).toBeGreaterThan(0);
  expect(one.eventsStored).toBe(one.eventsSent);
}

test('every answer was 202 and what was sent is stored, on every gateway', () => {
  for (const one of report.gateways) expectWhole(one);
});

test('the filled store kept what was sent beside its ballast', () => {
  expect(report.filled).not.toBeNull();
  if (report.filled !== null) expectWhole(report.filled.gateway);
});

test('latency was measured in an open loop, and nothing was lost in it', () => {
  const half = report.halfLoad;
  expect(half?.statuses).toEqual({ '202': half?.eventsSent });
  expect(half?.eventsStored).toBe(half?.eventsSent);
  const { p50 = 0, p99 = 0, p999 = 0, max = 0 } = half?.latencyMs ?? {};
  expect([p50, p99, p999, max]).toEqual([p50, p99, p999, max].toSorted((a, b) => a - b));
  expect(p50).toBeGreaterThan(0);
});

test('the agent delivered its whole report', () => {
  expect(report.agent.delivered).toBe(report.agent.events);
});

test('goals are judged and printed, and what is not built is said', () => {
  expect(report.goals).toHaveLength(5);
  for (const goal of report.goals) expect(stdout).toContain(goal.name);
  expect(stdout).toContain('VV_TG_WORKERS');
});
