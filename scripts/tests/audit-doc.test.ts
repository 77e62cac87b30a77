/** AUDIT.md is followed: its `sh` blocks, as written and in order, as one session against a running gateway. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { REPORTS } from '../demo/federate.ts';
import { askAgent, askGateway, buildWorld, TENANT, type World } from '../demo/world.ts';
import { makeDesk } from './docs/desk.ts';
import { followPage, readPage } from './docs/page.ts';

const directory = temporaryDirectory('audit-doc');
let world: World | null = null;

beforeAll(async () => {
  world = await buildWorld(directory.path, null);
  await askAgent(world, ['send', REPORTS[2]?.file ?? '']);
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const { entries, signed } = await askGateway<{ entries: number; signed: number }>(world, [
      'audit',
      'verify',
    ]);
    if (entries === signed) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error('the log was not signed in time');
}, 180_000);

afterAll(async () => {
  await world?.gateway.stop();
  directory.remove();
});

test('every block does what the page says', async () => {
  const { desk, path } = makeDesk(directory.path);
  const { after } = await followPage(readPage('apps/vectorvue-gateway/AUDIT.md'), {
    cwd: desk,
    env: { ...world?.gatewayEnvironment, PATH: path, TENANT },
    patienceMs: 500_000,
  });
  expect(after('audit key')).toMatch(/^demo\.vectorvue\.example\/audit\+[0-9a-f]{8}\+/);
  expect(after('verify-proof evidence-2026')).toContain('none is missing, changed, added or moved');
  expect(after('audit seal tampered')).toMatch(/FAULT at log\.jsonl line \d+: wrong_leaf/);
  expect(after('audit prove')).toContain('its signature verifies');
  expect(after('audit consistency')).toContain('nothing was removed or changed');
  expect(after('audit consistency')).toContain('no fault');
  const exported = [...after('audit export').matchAll(/^(\d+) entries exported$/gm)].map(([, n]) =>
    Number(n),
  );
  expect(exported).toHaveLength(3);
  const [ofTenant = 0, disclosed = 0, ofAll = 0] = exported;
  expect(ofTenant).toBeGreaterThanOrEqual(3);
  expect(disclosed).toBe(ofTenant);
  expect(ofAll).toBeGreaterThan(ofTenant);
  expect(after('retention set')).toContain('nothing is to be erased');
  expect(after('retention set')).toContain('730 days');
}, 600_000);
