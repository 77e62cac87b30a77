import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { telemetry } from '../support/requests.ts';
import { until } from '../support/served-process.ts';
import { createWorkersWorld, metric, sendApart, type WorkersWorld } from './world.ts';

jest.setTimeout(240_000);

let world: WorkersWorld;
beforeAll(async () => {
  world = await createWorkersWorld();
});
afterAll(() => world.close());

test('what any worker commits is forwarded once, in order, by the primary, and counted there', async () => {
  const { federation } = world;
  const file = join(federation.directory, 'audit.jsonl');
  const settings = join(federation.directory, 'forward.yaml');
  writeFileSync(
    settings,
    `version: 1\ndestinations: [{ name: disk, type: file, path: '${file}', format: entry }]\n`,
    { mode: 0o600 },
  );
  const served = await world.serve({ VV_TG_WORKERS: '2', VV_TG_FORWARD_FILE: settings });
  const forged = telemetry(federation);
  const answers = await sendApart(federation, served.listen, [
    ...Array.from({ length: 10 }, () => telemetry(federation)),
    { ...forged, body: Buffer.from(`${forged.body} `) },
  ]);
  expect(answers.map((answer) => answer.status)).toEqual([...Array.from({ length: 10 }, () => 202), 401]);
  const ids = answers.map((answer) => answer.json.request_id as string);
  const lines = () =>
    readFileSync(file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { sequence: number; request_id: string });
  await until(async () => {
    const seen = new Set(lines().map((line) => line.request_id));
    return ids.every((id) => seen.has(id));
  }, 'every request is in the file');
  expect(lines().map((line) => line.sequence)).toEqual(lines().map((_, index) => index));
  expect(await metric(served.adminListen, 'vectorvue_forward_lag_entries{destination="disk"}')).toBe(0);
  expect(
    await metric(
      served.adminListen,
      'vectorvue_security_events_total{code="signature_invalid",level="high"}',
    ),
  ).toBe(1);
  expect(await served.stop()).toBe(0);
});
