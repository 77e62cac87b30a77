/** The pages of infra/ that are followed beside a gateway of the demonstration. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { buildWorld, type World } from '../../demo/world.ts';
import { isHere } from '../infra/tools.ts';
import { makeDesk } from './desk.ts';
import { type Followed, followPage, readPage } from './page.ts';

const infra = new URL('../../../infra/', import.meta.url).pathname;
const directory = temporaryDirectory('infra-pages');
let world: World;
let place: ReturnType<typeof makeDesk>;
beforeAll(async () => {
  world = await buildWorld(directory.path, null);
  place = makeDesk(directory.path);
}, 120_000);
afterAll(async () => {
  await world?.gateway.stop();
  directory.remove();
});

/** In a copy of the page's folder, because pages name the files beside them. */
async function follow(page: string): Promise<Followed> {
  const folder = page.split('/')[1] ?? '';
  const cwd = join(place.desk, folder);
  cpSync(join(infra, folder), cwd, { recursive: true });
  const env = {
    ...world.gatewayEnvironment,
    PATH: place.path,
    HOME: place.desk,
    CA: join(directory.path, 'pki'),
  };
  return followPage(readPage(page), { cwd, env, patienceMs: 60_000 });
}

test('HAProxy: the certificate of its check', async () => {
  const { after } = await follow('infra/haproxy/README.md');
  expect(after('openssl verify')).toContain('health.crt: OK');
  expect(after('VV_TG_PROXY_PROTOCOL_FROM')).toContain('no fault, 0 warning(s)');
}, 120_000);

test('Prometheus: rules and configuration', async () => {
  const { after } = await follow('infra/prometheus/README.md');
  if (isHere('promtool')) expect(after('promtool test')).toContain('SUCCESS');
}, 120_000);

test('systemd: what is judged', async () => {
  const { after } = await follow('infra/systemd/README.md');
  if (isHere('systemd-analyze'))
    expect(after('systemd-analyze')).toMatch(/exposure level for vectorvue-gateway.service: 1\.\d OK/);
}, 120_000);
