import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { importKey, mapTenant } from '../../src/trust/trust-store.ts';
import { send } from '../support/client.ts';
import { IDENTITY, OPERATOR, OTHER_OPERATOR, OTHER_TENANT, TENANT } from '../support/federation.ts';
import { telemetry } from '../support/requests.ts';
import { author, makeKey, makePin } from '../trust/make-keys.ts';
import {
  type ConsoleAnswer,
  type ConsoleClient,
  type ConsoleWorld,
  openConsoleWorld,
} from './console-world.ts';

/** Markup, a right-to-left override, a formula: an operator's name is whatever somebody sends. */
const HOSTILE = '=HYPERLINK("//x")<img src=x onerror=alert(1)>\u202e';

let world: ConsoleWorld;
let officer: ConsoleClient;
let operator: ConsoleClient;
/** Of TENANT alone. */
let analyst: ConsoleClient;

beforeAll(async () => {
  world = await openConsoleWorld();
  officer = await world.signIn('officer', [], 'ada');
  operator = await world.signIn('operator');
  analyst = await world.signIn('analyst', [TENANT]);
  await mapTenant(world.gateway.db, author(), { operatorId: HOSTILE, tenantId: TENANT, move: false });
  for (const tenant of [TENANT, OTHER_TENANT]) {
    const { key } = makeKey();
    const named = { owner: IDENTITY, purposes: ['telemetry'] as const, kid: `of-${tenant.slice(0, 1)}`, key };
    // Of both tenants' keys one names the other as well: neither is to learn that.
    const domain = tenant === TENANT ? [TENANT, OTHER_TENANT] : [OTHER_TENANT];
    const state = { state: 'pending', notBefore: null, notAfter: null } as const;
    await importKey(world.gateway.db, author('a secret reason'), { ...named, domain, ...state });
  }
});
afterAll(() => world?.close());

interface Entry {
  readonly action: string;
  readonly actor: string;
  readonly disclosure: string;
}

function newestEntry(): Promise<Entry | undefined> {
  const text = `SELECT action, actor, disclosure FROM audit_log WHERE class = 'trust' ORDER BY sequence DESC LIMIT 1`;
  return world.gateway.db.query<Entry>({ name: 'test-newest-trust', text }).then(([row]) => row);
}

/** Looks first, as the page does, then does it. */
async function act(path: string, input: Record<string, unknown>): Promise<ConsoleAnswer> {
  const { status, text, json } = await officer.post(`${path}/preview`, input);
  expect([status, text]).toEqual([200, expect.any(String)]);
  const typed = json.typed === null ? {} : { typed: json.typed };
  return officer.post(path, { ...input, ...typed, reason: 'because', at_version: json.at_version });
}

async function codeOf(): Promise<string> {
  const request = () => send(world.federation, world.gateway.listen, telemetry(world.federation));
  const received = await request().catch(request);
  return received.json.errors?.[0]?.error_code ?? String(received.status);
}

/** Trust that was given may take a moment; trust that was withdrawn may not. */
async function settle(code: string): Promise<void> {
  for (let round = 0; round < 50; round += 1) if ((await codeOf()) === code) return;
  throw new Error(`never ${code}`);
}

test('lists say what the command line says, page by page and as a download', async () => {
  const { items } = (await officer.get(`/trust/identities?identity=${IDENTITY.slice(0, 4)}`)).json;
  expect(items).toMatchObject([
    {
      identity: IDENTITY,
      state: 'active',
      pins: [{ sha256: world.federation.client.sha256, state: 'valid' }],
      keys: expect.arrayContaining([
        { purpose: 'telemetry', kid: world.federation.telemetry.publicKey.kid, state: 'active' },
      ]),
    },
  ]);
  const kids: string[] = [];
  let next: string | null = '';
  while (next !== null) {
    const page: ConsoleAnswer = await operator.get(
      `/trust/keys?limit=2${next === '' ? '' : `&after=${next}`}`,
    );
    kids.push(
      ...page.json.items.map(({ kid, purpose }: { kid: string; purpose: string }) => `${purpose} ${kid}`),
    );
    next = page.json.next;
  }
  const whole = (await operator.get('/trust/keys?limit=500')).json.items;
  expect(kids).toEqual(
    whole.map(({ kid, purpose }: { kid: string; purpose: string }) => `${purpose} ${kid}`),
  );
  expect(kids).toEqual([...new Set(kids)]);
  expect(whole).toContainEqual(
    expect.objectContaining({ kid: 'default', custody: 'environment', signs: true }),
  );

  const mappings = await officer.get('/trust/mappings?operator=%3DHYPER');
  expect(mappings.json.items).toMatchObject([
    { operator_id: HOSTILE, tenant_id: TENANT, tenant_state: 'active' },
  ]);
  const csv = await officer.get('/trust/mappings?format=csv');
  expect(csv.text).toContain(`"'=HYPERLINK(""//x"")`);
  const tenants = (await officer.get('/trust/tenants')).json.items;
  expect(tenants).toContainEqual(
    expect.objectContaining({ tenant_id: TENANT, operators: 2, open_findings: 0, last_event_at: null }),
  );
  const { items: certificates } = (await operator.get('/trust/certificates')).json;
  expect(certificates).toContainEqual(
    expect.objectContaining({ what: 'server', sha256: world.federation.server.sha256, identity: null }),
  );
  for (const list of ['rotations', 'schedules', 'forwarding', 'retention']) {
    expect([list, (await operator.get(`/trust/${list}`)).json]).toEqual([list, { items: [], next: null }]);
  }
});

test('a filter that makes no sense is said beside the field', async () => {
  for (const [query, field] of [
    ['/trust/keys?state=lost', 'state'],
    ['/trust/keys?purpose=x', 'purpose'],
    ['/trust/keys?tenant=x', 'tenant'],
    ['/trust/keys?after=x', 'after'],
    [`/trust/identities?after=${Buffer.from('["now","x"]').toString('base64url')}`, 'after'],
    ['/trust/mappings?limit=0', 'limit'],
    ['/trust/tenants?colour=red', 'colour'],
  ]) {
    const { status, json } = await officer.get(query ?? '');
    expect([query, status, json.code, json.faults[0]?.field]).toEqual([query, 400, 'filter_invalid', field]);
  }
  expect((await officer.get(`/trust/keys/${'A'.repeat(43)}`)).json.code).toBe('key_unknown');
  expect((await officer.get('/trust/keys/short')).status).toBe(400);
});

test('a role of one tenant sees its keys and mappings, no word of another, and changes nothing', async () => {
  const keys = (await analyst.get('/trust/keys')).json.items;
  const names = keys.map(({ owner, kid }: { owner: string; kid: string }) => `${owner} ${kid}`);
  expect(names.sort()).toEqual([`${IDENTITY} of-1`, '@gateway default'].sort());
  expect(keys).toContainEqual(
    expect.objectContaining({ kid: 'of-1', tenants: [TENANT], reason: null, custody: null }),
  );
  const own = keys.find(({ kid }: { kid: string }) => kid === 'of-1').public_key;
  const life = await analyst.get(`/trust/keys/${own}`);
  expect(life.json.history).toMatchObject([{ state: 'pending', actor: null, reason: null }]);
  const all = (await officer.get('/trust/keys')).json.items;
  const foreign = all.find(({ kid }: { kid: string }) => kid === 'of-2').public_key;
  expect(await analyst.get(`/trust/keys/${foreign}`)).toMatchObject({
    status: 404,
    json: { code: 'key_unknown' },
  });
  expect((await officer.get(`/trust/keys/${foreign}`)).json.history).toMatchObject([
    { actor: 'cli:tester', reason: 'a secret reason' },
  ]);
  const mapped = (await analyst.get('/trust/mappings')).json.items;
  expect(mapped.map((row: { operator_id: string }) => row.operator_id).sort()).toEqual(
    [HOSTILE, OPERATOR].sort(),
  );
  const tenants = (await analyst.get('/trust/tenants')).json.items;
  expect(tenants.map((row: { tenant_id: string }) => row.tenant_id)).toEqual([TENANT]);
  const told = [keys, life.json, mapped, tenants].map((one) => JSON.stringify(one)).join();
  expect(told).not.toContain(OTHER_TENANT);
  expect(told).not.toContain('secret reason');

  for (const list of ['keys', 'mappings', 'tenants', 'rotations', 'schedules', 'retention']) {
    const { status, json } = await analyst.get(`/trust/${list}?tenant=${OTHER_TENANT}`);
    expect([list, status, json.code]).toEqual([list, 403, 'tenant_forbidden']);
    expect([list, (await officer.get(`/trust/${list}?tenant=${OTHER_TENANT}`)).status]).toEqual([list, 200]);
  }
  for (const list of ['identities', 'certificates', 'forwarding']) {
    const { status, json } = await analyst.get(`/trust/${list}`);
    expect([list, status, json.code]).toEqual([list, 403, 'role_insufficient']);
  }
  const revoke = { kid: 'of-1', reason: 'x', at_version: 1, typed: 'of-1' };
  for (const one of [analyst, operator]) {
    for (const [path, body] of [
      ['/trust/keys/revoke', revoke],
      ['/trust/keys/revoke/preview', { kid: 'of-1' }],
      ['/trust/tenants/suspend', { tenant: TENANT, reason: 'x', at_version: 1, typed: TENANT }],
    ] as const) {
      const { status, json } = await one.post(path, body);
      expect([path, status, json.code]).toEqual([path, 403, 'role_insufficient']);
    }
  }
});

test('a change says what it will do, wants a reason and the name, and is refused when trust has moved', async () => {
  const kid = world.federation.telemetry.publicKey.kid;
  const input = { kid, owner: IDENTITY, purpose: 'telemetry' };
  const before = await newestEntry();
  const { json: shown } = await officer.post('/trust/keys/revoke/preview', input);
  expect(shown).toMatchObject({ typed: kid, said: `telemetry key ${kid} of ${IDENTITY} is revoked` });
  expect(shown.consequences[0]).toEqual({
    weight: 'danger',
    text: expect.stringContaining(`This is the only telemetry key of ${IDENTITY} that verifies`),
  });
  const change = { ...input, reason: 'leaked', at_version: shown.at_version, typed: kid };
  const refusedFor = async (over: Record<string, unknown>) => {
    const { status, json } = await officer.post('/trust/keys/revoke', { ...change, ...over });
    return [status, json.code, json.faults[0]?.field];
  };
  expect(await refusedFor({ reason: ' ' })).toEqual([400, 'input_invalid', 'reason']);
  expect(await refusedFor({ typed: kid.toLowerCase() })).toEqual([409, 'confirmation_required', 'typed']);
  expect(await refusedFor({ typed: undefined })).toEqual([409, 'confirmation_required', 'typed']);
  expect(await refusedFor({ at_version: shown.at_version - 1 })).toEqual([409, 'trust_moved', undefined]);
  expect(await refusedFor({ kid: 'nobody', typed: 'nobody' })).toEqual([404, 'key_unknown', 'kid']);
  // Looking and being refused have left nothing, and the agent is accepted as before.
  expect(await newestEntry()).toEqual(before);
  expect(await codeOf()).toBe('202');

  expect(await officer.post('/trust/keys/revoke', change)).toMatchObject({ status: 200 });
  expect(await codeOf()).toBe('signature_invalid');
  expect(await newestEntry()).toMatchObject({
    action: 'key.revoke',
    actor: 'console:ada',
    disclosure: expect.stringContaining('leaked'),
  });
  const key = Buffer.from(world.federation.telemetry.publicKey.raw).toString('base64url');
  expect((await officer.get(`/trust/keys/${key}`)).json.history).toMatchObject([
    { state: 'active', actor: 'environment' },
    { state: 'revoked', actor: 'console:ada', reason: 'leaked' },
  ]);
});

test('identities, tenants and mappings: what the console withdraws is refused at once, and comes back', async () => {
  // The telemetry key was revoked above: what is refused before the signature, and what after it, tells the two apart.
  const pin = world.federation.client.sha256;
  expect(await codeOf()).toBe('signature_invalid');
  expect(await act('/trust/identities/suspend', { identity: IDENTITY })).toMatchObject({ status: 200 });
  expect(await codeOf()).toBe('peer_identity_rejected');
  expect((await officer.get('/trust/identities?state=suspended')).json.items).toMatchObject([
    { identity: IDENTITY },
  ]);
  expect(await act('/trust/identities/resume', { identity: IDENTITY })).toMatchObject({ status: 200 });
  await settle('signature_invalid');
  expect(await act('/trust/identities/unpin', { identity: IDENTITY, sha256: pin })).toMatchObject({
    status: 200,
  });
  expect(await codeOf()).toBe('peer_identity_rejected');
  expect(
    (await officer.post('/trust/identities/pin/preview', { identity: IDENTITY, sha256: pin, next: true }))
      .json,
  ).toMatchObject({ code: 'pin_unknown', faults: [{ field: 'sha256' }] });
  expect(await act('/trust/identities/pin', { identity: IDENTITY, sha256: pin })).toMatchObject({
    status: 200,
  });
  await settle('signature_invalid');
  const next = { identity: IDENTITY, sha256: makePin('next'), next: true, not_after: '2100-01-01T00:00:00Z' };
  expect(await act('/trust/identities/pin', next)).toMatchObject({ status: 200 });

  expect(await act('/trust/tenants/suspend', { tenant: OTHER_TENANT })).toMatchObject({ status: 200 });
  const again = await officer.post('/trust/tenants/suspend/preview', { tenant: OTHER_TENANT });
  expect(again.json).toMatchObject({ code: 'tenant_unchanged', faults: [{ field: 'tenant' }] });
  expect((await officer.get('/trust/tenants?state=suspended')).json.items).toMatchObject([
    { tenant_id: OTHER_TENANT },
  ]);
  expect(await act('/trust/tenants/resume', { tenant: OTHER_TENANT })).toMatchObject({ status: 200 });

  const fresh = '30000000-0000-4000-8000-00000000000c';
  expect(await act('/trust/tenants/create', { tenant: fresh, name: HOSTILE })).toMatchObject({ status: 200 });
  const moving = { operator: OTHER_OPERATOR, tenant: fresh };
  expect((await officer.post('/trust/mappings/map/preview', moving)).json).toMatchObject({
    code: 'operator_mapped',
    faults: [{ field: 'move' }],
  });
  expect(await act('/trust/mappings/map', { ...moving, move: true })).toMatchObject({ status: 200 });
  expect(await act('/trust/mappings/unmap', { operator: OTHER_OPERATOR })).toMatchObject({ status: 200 });
  expect(await newestEntry()).toMatchObject({ action: 'tenant.unmap', actor: 'console:ada' });
});

test('a feedback key is made, activated, rotated; its private half is in a file and in no answer', async () => {
  const keyDir = join(String(world.federation.environment.VV_TG_DATA_DIR), 'keys');
  const files = (): readonly string[] => readdirSync(keyDir);
  const told: string[] = [];
  const telling = async (answer: Promise<ConsoleAnswer>): Promise<ConsoleAnswer> => {
    const { text, ...rest } = await answer;
    told.push(text);
    return { text, ...rest };
  };
  expect(await telling(act('/trust/keys/generate', { kid: 'console-1', tenants: [TENANT] }))).toMatchObject({
    status: 200,
    json: { said: `feedback key console-1 of @gateway for ${TENANT} is pending` },
  });
  // One file for one key: neither the look nor a refusal has left another.
  expect(files()).toHaveLength(1);
  expect(statSync(join(keyDir, files()[0] ?? '')).mode & 0o777).toBe(0o600);
  const taken = await officer.post('/trust/keys/generate/preview', { kid: 'console-1' });
  expect(taken.json).toMatchObject({ code: 'kid_taken', faults: [{ field: 'kid' }] });
  expect(files()).toHaveLength(1);
  const { json: other } = await officer.post('/trust/keys/generate/preview', { kid: 'console-2' });
  const blind = { kid: 'console-1', reason: 'x', at_version: other.at_version };
  expect((await officer.post('/trust/keys/generate', blind)).json.code).toBe('kid_taken');
  expect(files()).toHaveLength(1);

  expect(await act('/trust/keys/activate', { kid: 'console-1' })).toMatchObject({ status: 200 });
  const { json } = await telling(officer.get('/trust/keys?kid=console-1'));
  expect(json.items).toMatchObject([{ custody: 'file', signs: true, tenants: [TENANT] }]);

  const shown = await telling(officer.post('/trust/rotations/rotate/preview', {}));
  expect(shown.json.said).toBe('the rotation is published');
  expect(shown.json.consequences).toContainEqual({
    weight: 'warning',
    text: expect.stringContaining(`by file (key export) before it signs: ${IDENTITY}`),
  });
  expect(files()).toHaveLength(1);
  expect(await act('/trust/rotations/rotate', {})).toMatchObject({ status: 200 });
  expect(files()).toHaveLength(2);
  const forced = await act('/trust/rotations/rotate', { force: true });
  expect(forced).toMatchObject({ status: 200, json: { said: 'the rotation is active, forced' } });
  expect((await telling(officer.get('/trust/rotations'))).json.items).toMatchObject([
    { tenant_id: null, state: 'active', forced: true, old_kids: ['default'], started_by: 'console:ada' },
  ]);
  const late = await officer.post('/trust/rotations/schedule/preview', {
    every_seconds: 3600,
    overlap_seconds: 3000,
  });
  expect(late.json).toMatchObject({ code: 'overlap_invalid', faults: [{ field: 'overlap_seconds' }] });
  expect(await act('/trust/rotations/schedule', { every_seconds: 86_400 * 90 })).toMatchObject({
    status: 200,
  });
  expect((await officer.get('/trust/schedules')).json.items).toMatchObject([
    { tenant_id: null, overlap_seconds: 604_800 },
  ]);

  expect(told.join()).not.toMatch(/PRIVATE|feedback-[0-9a-f]{8}-|\.pem/);
  expect(told.join()).not.toContain(keyDir);
});
