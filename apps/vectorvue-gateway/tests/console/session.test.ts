/** Sessions by one-time link: who gets in, who does not, and what a call needs. Real PostgreSQL, real listener. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { OTHER_TENANT, TENANT } from '../support/federation.ts';
import { type ConsoleWorld, clientOf, cookieOf, openConsoleWorld } from './console-world.ts';

let world: ConsoleWorld;
beforeAll(async () => {
  world = await openConsoleWorld();
});
afterAll(() => world?.close());

test('a link opens a session once; it says who is there, and a viewer sees its tenants only', async () => {
  const token = await world.link('viewer', [TENANT], 'ann');
  const opened = await world.stranger().post('/sign-in/link', { token });
  expect(opened.status).toBe(200);
  expect(String(opened.headers['set-cookie'])).toMatch(
    /^vv_console_\d+=[\w-]{43}; Path=\/console; HttpOnly; SameSite=Strict$/,
  );
  const again = await world.stranger().post('/sign-in/link', { token });
  expect([again.status, again.json.code]).toEqual([401, 'sign_in_refused']);

  const ann = clientOf(world.listen, cookieOf(opened), opened.json.csrf);
  const who = await ann.get('/session');
  expect(who.json).toMatchObject({ name: 'ann', role: 'viewer', all_tenants: false, method: 'link' });
  expect(who.json.tenants.map((tenant: { tenant_id: string }) => tenant.tenant_id)).toEqual([TENANT]);
  const officer = await world.signIn('officer');
  const all = await officer.get('/session');
  expect(all.json.tenants.map((tenant: { tenant_id: string }) => tenant.tenant_id)).toEqual([
    TENANT,
    OTHER_TENANT,
  ]);
});

test('without a session there is nothing; after sign-out the cookie is worth nothing', async () => {
  expect((await world.stranger().get('/session')).json).toMatchObject({ code: 'session_required' });
  const bob = await world.signIn('operator', [], 'bob');
  expect((await clientOf(world.listen, bob.cookie, null).post('/session/end', {})).json.code).toBe(
    'csrf_required',
  );
  expect((await bob.get('/session')).status).toBe(200);
  expect((await bob.post('/session/end', {})).status).toBe(200);
  expect((await bob.get('/session')).json.code).toBe('session_required');
});
