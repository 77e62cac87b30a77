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
  expect(report.bare.map((one) => one.kind)).toEqual(['https', 'express']);
  for (const one of report.bare) {
    expectRate(one.requestsPerSecond);
    expectRate(one.generatorBusy);
  }
  expectRate(report.bareInsertSinglesPerSecond);
  expectRate(report.bareInsertBatchesPerSecond);
  expectRate(report.agent.eventsPerSecond);
  expect(report.source).not.toBe('');
});

test('both databases were measured with single events', () => {
  const singles = report.gateways
    .filter((one) => one.batch === null && one.workers === 1)
    .map((one) => one.database);
  expect(singles).toEqual(['postgresql', 'embedded']);
});

test('two workers were measured, or it is said that they were not', () => {
  const measured = report.gateways.filter((one) => one.workers === 2).map((one) => one.batch);
  const said = report.notMeasured.filter((text) => text.includes('VV_TG_WORKERS=2'));
  expect([measured, said.length]).toEqual(said.length === 0 ? [[null, 1000], 0] : [[], 2]);
  for (const text of report.notMeasured) expect(stdout).toContain(text);
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
  if (report.filled === null) return;
  expectWhole(report.filled.gateway);
  expectWhole(report.filled.empty);
});

test('latency was measured in an open loop, and nothing was lost in it', () => {
  const half = report.halfLoad;
  expect(half?.statuses).toEqual({ '202': half?.eventsSent });
  expect(half?.eventsStored).toBe(half?.eventsSent);
  expectRate(half?.diskMs?.p50 ?? 0);
  expect(stdout).toMatch(/8 KiB and fdatasync, same disk +p50 \d/);
  const { p50 = 0, p99 = 0, p999 = 0, max = 0 } = half?.latencyMs ?? {};
  expect([p50, p99, p999, max]).toEqual([p50, p99, p999, max].toSorted((a, b) => a - b));
  expect(p50).toBeGreaterThan(0);
});

test('the agent delivered its whole report', () => {
  expect(report.agent.delivered).toBe(report.agent.events);
});

test('the agent drained its spool, and its memory was seen', () => {
  const { spool } = report;
  expect(spool.pendingInStatus).toBe(spool.spooled);
  expect(spool.delivered).toBe(spool.spooled);
  expect(spool.eventsStored).toBe(spool.spooled);
  expectRate(spool.peakMiB ?? 0);
  expectRate(spool.statusPeakMiB ?? 0);
});

test('idle connections had each sent an event, and were open when memory was read', () => {
  const { connections } = report;
  expect(connections).toMatchObject({ opened: 12, answered: 12, alive: 12 });
  expectRate(connections?.afterMiB ?? 0);
  expect(report.idle.map((one) => one.database)).toEqual(['postgresql', 'embedded']);
  for (const one of report.idle) expectRate(one.rssMiB ?? 0);
});

test('durability is never set aside', () => {
  expect(report.machine.postgresSettings).toEqual(
    expect.arrayContaining(['fsync=on', 'synchronous_commit=on', 'full_page_writes=on']),
  );
});

test('goals are judged and printed; what only the full amounts can show is not claimed by a smoke run', () => {
  expect(report.goals).toHaveLength(6);
  for (const goal of report.goals) expect(stdout).toContain(goal.name);
  const unmeasured = report.goals.filter((goal) => goal.verdict === 'not measured').map((goal) => goal.name);
  expect(unmeasured).toEqual([
    'gateway RSS on PostgreSQL, 256 connections, MiB',
    'agent RSS with 1,000,000 events in its spool, MiB',
    'filled store / empty store',
  ]);
});
