import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chromiumPath } from '@nyxera/federation-testing/chromium';
import { temporaryDirectory } from '@nyxera/federation-testing/temporary-directory';
import type { ConsoleReport } from '../src/console/console-report.ts';

// The benchmark of the console, as little of everything as possible. Nothing here asserts how fast anything is.
const directory = temporaryDirectory('bench-console-smoke');
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
let report: ConsoleReport;
let stdout = '';

beforeAll(async () => {
  const out = join(directory.path, 'console.json');
  const args = ['--disable-warning=ExperimentalWarning', main, '--console', '--smoke', '--out', out];
  ({ stdout } = await promisify(execFile)(process.execPath, args, { timeout: 420_000 }));
  report = JSON.parse(readFileSync(out, 'utf8')) as ConsoleReport;
}, 440_000);
afterAll(directory.remove);

test('what is stored is copies of real rows, refusals among them', () => {
  const { events, realEvents, auditEntries, findings } = report.stored;
  expect(events).toBe(realEvents * 10);
  expect(auditEntries).toBeGreaterThan(events);
  expect(findings).toBeGreaterThan(0);
});

test('every list of the API was asked, plainly, for its second page and by its filters, and answered', () => {
  const calls = report.calls.map(({ call }) => call);
  for (const list of ['/events', '/findings', '/refusals', '/security-events', '/audit', '/overview']) {
    expect(calls.some((call) => call.startsWith(list))).toBe(true);
  }
  expect(calls).toContain('/events?after={after}');
  expect(calls).toContain('/events?severity=high');
  const odd = report.calls.filter(({ statuses }) => Object.keys(statuses).join() !== '200');
  expect(odd).toEqual([]);
  expect(report.calls.find(({ call }) => call === '/events')?.items).toBe(50);
  expect(report.calls.find(({ call }) => call === '/refusals?code=replay_detected')?.items).toBe(10);
});

test('overviews were open while events were taken', () => {
  const { without, withOpen, bytesReceived, ratio } = report.ingestion;
  expect([without.length, withOpen.length]).toEqual([1, 1]);
  expect(bytesReceived).toBeGreaterThan(0);
  expect(ratio).toBeGreaterThan(0);
});

test('the first view was opened in a browser, where there is one', () => {
  expect(report.firstView === null).toBe(chromiumPath() === null);
  if (report.firstView === null) return;
  expect(report.firstView.interactiveMs[0]).toBeGreaterThan(0);
  expect(report.firstView.files).toBeGreaterThan(3);
});

test('what only the full amounts can show is not claimed by a smoke run', () => {
  for (const goal of report.goals) expect(stdout).toContain(goal.name);
  const verdicts = report.goals.map(({ verdict }) => verdict).slice(0, 3);
  expect(verdicts).toEqual(['not measured', 'not measured', 'not measured']);
});
