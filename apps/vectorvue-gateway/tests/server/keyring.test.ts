import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import {
  type Ed25519PublicKey,
  parseJwkSet,
  parseStrictJson,
  verifyFeedbackResponse,
} from '@nyxera/federation-protocol';
import type { IssuedCertificate } from '@nyxera/federation-testing';
import { commandSocketPath } from '../../src/cli/command-socket.ts';
import { type Finished, runCommand } from '../cli/run-command.ts';
import { get } from '../support/audit-requests.ts';
import { batch, batchItem } from '../support/batch-requests.ts';
import { type Received, send } from '../support/client.ts';
import {
  createFederation,
  createTestKey,
  type Federation,
  IDENTITY,
  OPERATOR,
  OTHER_OPERATOR,
  OTHER_TENANT,
  TENANT,
} from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { bundle, graph, newNonce, nowSeconds, type Prepared, query, telemetry } from '../support/requests.ts';

const THIRD_TENANT = '30000000-0000-4000-8000-00000000000c';
const SPIFFE = 'spiffe://nyxera.example/agents/one';
const NAMED = 'spectrastrike-named';

let federation: Federation;
let gateway: TestGateway;
let environment: Record<string, string>;

/** One gateway on the embedded database; every command goes to it through its socket, as it runs. */
beforeAll(async () => {
  federation = await createFederation();
  const audit = join(federation.directory, 'audit.key');
  await generateKeyFile(audit);
  gateway = await startTestGateway(federation, { VV_TG_AUDIT_ED25519_KEY_PATH: audit });
  environment = { VV_TG_DATA_DIR: String(federation.environment.VV_TG_DATA_DIR) };
  expect(statSync(commandSocketPath(environment.VV_TG_DATA_DIR ?? '')).isSocket()).toBe(true);
});
afterAll(async () => {
  await gateway?.close();
  federation.remove();
});

const run = (...argv: string[]): Promise<Finished> => runCommand(environment, [...argv, '--json']);
const post = (prepared: Prepared, certificate?: IssuedCertificate): Promise<Received> =>
  send(federation, gateway.listen, prepared, certificate === undefined ? {} : { certificate });
const codeOf = async (answer: Promise<Received>): Promise<string> => {
  const { status, json } = await answer;
  return json?.errors?.[0]?.error_code ?? String(status);
};

/** What a peer that knows these keys makes of an answer: the kid that signed it, or why it is none. */
async function signedBy(
  tenantId: string,
  operatorId: string,
  keys: Record<string, Ed25519PublicKey>,
): Promise<string> {
  const nonce = newNonce();
  const asked = query(federation, { tenant_id: tenantId, operator_id: operatorId }, { nonce });
  const received = await post(asked);
  if (received.status !== 200) return String(received.status);
  const parsed = parseStrictJson(new Uint8Array(received.bytes));
  if (!parsed.ok) throw new Error(parsed.detail);
  let kid = '';
  const verified = verifyFeedbackResponse(parsed.value, {
    tenantId,
    requestNonce: nonce,
    keys: (name) => {
      kid = name;
      return keys[name] ?? null;
    },
    now: nowSeconds(),
    requireBinding: true,
    nonceSeen: () => false,
  });
  return verified.ok ? kid : verified.code;
}

const generate = async (...options: string[]) => {
  const made = await run('key', 'generate', ...options);
  expect([made.exitCode, made.stderr]).toEqual([0, '']);
  return made.json as { kid: string; state: string };
};
const keyFiles = () => readdirSync(join(environment.VV_TG_DATA_DIR ?? '', 'keys')).sort();

test('a key that the CLI makes signs for its tenant in the running gateway, and for no other', async () => {
  const own = await generate('--tenant', TENANT, '--reason', 'a key of its own');
  expect(own.state).toBe('pending');
  const [file = ''] = keyFiles();
  const path = join(environment.VV_TG_DATA_DIR ?? '', 'keys', file);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const secret = readFileSync(path, 'utf8').split('\n')[1] ?? 'nothing';
  expect(gateway.log()).not.toContain(secret);

  // The peer takes what is exported for its tenant, before it signs.
  const exported = await run('key', 'export', '--tenant', TENANT);
  const set = parseJwkSet(exported.json);
  if (!set.ok) throw new Error(set.detail);
  expect(set.value.map(({ kid, state, tenants }) => [kid, state, tenants])).toEqual([
    ['default', 'active', null],
    [own.kid, 'pending', [TENANT]],
  ]);
  const keys = Object.fromEntries(set.value.map(({ kid, key }) => [kid, key]));
  expect(await signedBy(TENANT, OPERATOR, keys)).toBe('default');

  expect(await run('key', 'activate', own.kid)).toMatchObject({ exitCode: 0 });
  expect(await signedBy(TENANT, OPERATOR, keys)).toBe(own.kid);
  expect(await signedBy(OTHER_TENANT, OTHER_OPERATOR, keys)).toBe('default');
  expect((await run('key', 'export', '--tenant', OTHER_TENANT)).stdout).not.toMatch(
    new RegExp(`${own.kid}|${TENANT}`),
  );

  // Rotation: the newer one signs, and what is left when both are gone is the general one.
  const next = await generate('--tenant', TENANT, '--active');
  const rotated = parseJwkSet((await run('key', 'export', '--tenant', TENANT)).json);
  if (!rotated.ok) throw new Error(rotated.detail);
  const later = Object.fromEntries(rotated.value.map(({ kid, key }) => [kid, key]));
  expect(await signedBy(TENANT, OPERATOR, keys)).toBe('unknown_kid');
  expect(await signedBy(TENANT, OPERATOR, later)).toBe(next.kid);
  expect(await run('key', 'revoke', next.kid, '--reason', 'leaked')).toMatchObject({ exitCode: 0 });
  expect(await signedBy(TENANT, OPERATOR, later)).toBe(own.kid);
  expect(await run('key', 'retire', own.kid)).toMatchObject({ exitCode: 0 });
  expect(await signedBy(TENANT, OPERATOR, later)).toBe('default');

  const { history } = (await run('key', 'show', own.kid)).json;
  expect(history.map((one: Record<string, unknown>) => [one.state, one.actor, one.reason])).toEqual([
    ['pending', 'cli:tester', 'a key of its own'],
    ['active', 'cli:tester', null],
    ['retiring', 'cli:tester', null],
  ]);
  expect(await run('key', 'activate', own.kid)).toMatchObject({
    exitCode: 2,
    json: { error: { code: 'key_state' } },
  });
});

test('a key whose file is gone is not replaced by another: that tenant waits, the others do not', async () => {
  const lost = await generate('--tenant', TENANT);
  const before = new Set(keyFiles());
  for (const file of before) rmSync(join(environment.VV_TG_DATA_DIR ?? '', 'keys', file));
  expect(await run('key', 'activate', lost.kid)).toMatchObject({ exitCode: 0 });
  expect(await codeOf(post(query(federation)))).toBe('service_unavailable');
  expect(await signedBy(OTHER_TENANT, OTHER_OPERATOR, { default: federation.feedback })).toBe('default');
  expect(gateway.lines()).toContainEqual(
    expect.objectContaining({ message: 'feedback.signer_refused', kid: lost.kid, code: 'key_invalid' }),
  );
  expect(await run('key', 'revoke', lost.kid, '--reason', 'lost')).toMatchObject({ exitCode: 0 });
  expect(await signedBy(TENANT, OPERATOR, { default: federation.feedback })).toBe('default');
});

test('generate: a signer that exists is taken as it is; what is refused leaves no file', async () => {
  const path = join(federation.directory, 'elsewhere.key');
  const key = await generateKeyFile(path);
  const taken = await generate('--signer', path, '--kid', 'elsewhere');
  expect(taken).toMatchObject({ kid: 'elsewhere', state: 'pending' });
  expect((await run('key', 'show', 'elsewhere')).json).toMatchObject({
    thumbprint: key.kid,
    keys: [{ signer_uri: `file:${path}`, tenants: null }],
  });
  const files = keyFiles();
  expect(await run('key', 'generate', '--kid', 'elsewhere')).toMatchObject({
    exitCode: 2,
    json: { error: { code: 'kid_taken' } },
  });
  expect(keyFiles()).toEqual(files);
  expect(await run('key', 'generate', '--signer', path)).toMatchObject({
    json: { error: { code: 'key_exists' } },
  });
  const open = join(federation.directory, 'open.key');
  writeFileSync(open, readFileSync(path), { mode: 0o644 });
  expect(await run('key', 'generate', '--signer', open)).toMatchObject({
    json: { error: { code: 'key_permissions' } },
  });
});

test('doctor signs with every key that this gateway has to open', async () => {
  const { kid } = await generate();
  const found = async () => {
    const { json } = await runCommand({ ...federation.environment, ...environment }, ['doctor', '--json']);
    return json.checks.find(({ name }: { name: string }) => name === `feedback key ${kid}`);
  };
  expect(await found()).toMatchObject({ status: 'ok' });
  const { keys } = (await run('key', 'show', kid)).json;
  const path = String(keys[0].signer_uri).slice('file:'.length);
  rmSync(path);
  expect(await found()).toMatchObject({ status: 'fault', found: 'key_invalid' });
  await generateKeyFile(path);
  expect(await found()).toMatchObject({ status: 'fault', found: 'another key' });
});

test('a telemetry key that is confined to two tenants is refused for a third', async () => {
  const key = createTestKey();
  expect(
    await run(
      'key',
      'import',
      key.publicKey.toBase64(),
      '--identity',
      IDENTITY,
      '--purpose',
      'telemetry',
      '--tenants',
      `${TENANT},${OTHER_TENANT}`,
    ),
  ).toMatchObject({ exitCode: 0 });
  await run('tenant', 'create', THIRD_TENANT, '--name', 'Third');
  await run('tenant', 'map', 'op-third', THIRD_TENANT);
  const of = (operator_id: string, tenant_id: string) =>
    codeOf(post(telemetry(federation, { operator_id, tenant_id }, { key })));
  expect(await of(OPERATOR, TENANT)).toBe('202');
  expect(await of(OTHER_OPERATOR, OTHER_TENANT)).toBe('202');
  expect(await of('op-third', THIRD_TENANT)).toBe('key_domain_violation');
  const items = [batchItem()];
  const third = { operator_id: 'op-third', tenant_id: THIRD_TENANT };
  expect(await codeOf(post(batch(federation, items, { key }, third)))).toBe('key_domain_violation');
  expect(await codeOf(post(graph(federation, third, { key })))).toBe('key_domain_violation');
  expect(await codeOf(post(query(federation, third, { key })))).toBe('key_domain_violation');
});

test('a suspended tenant is refused everywhere at once, and comes back', async () => {
  expect(await run('identity', 'limit', IDENTITY, '--tenants', TENANT)).toMatchObject({ exitCode: 0 });
  const accepted = await post(telemetry(federation));
  const everything = async (): Promise<string[]> => [
    await codeOf(post(telemetry(federation))),
    await codeOf(post(batch(federation, [batchItem()]))),
    await codeOf(post(graph(federation))),
    await codeOf(post(query(federation))),
    await codeOf(post(bundle(federation))),
    await codeOf(get(federation, gateway.listen, 'checkpoint')),
    await codeOf(get(federation, gateway.listen, `receipt/${accepted.json.request_id}`)),
  ];
  expect(await everything()).toEqual(['202', '202', '202', '200', '200', '200', '200']);
  expect(await run('tenant', 'suspend', TENANT, '--reason', 'contract')).toMatchObject({ exitCode: 0 });
  expect(await everything()).toEqual(Array.from({ length: 7 }, () => 'tenant_mapping_violation'));
  // Who may speak for others too still reads the log, but nothing of this tenant.
  expect(await run('identity', 'limit', IDENTITY, '--any-tenant')).toMatchObject({ exitCode: 0 });
  expect(await codeOf(get(federation, gateway.listen, 'checkpoint'))).toBe('200');
  expect(await codeOf(get(federation, gateway.listen, `receipt/${accepted.json.request_id}`))).toBe(
    'tenant_mapping_violation',
  );
  expect(await run('tenant', 'resume', TENANT)).toMatchObject({ exitCode: 0 });
  expect(await everything()).toEqual(['202', '202', '202', '200', '200', '200', '200']);
});

test('a SPIFFE name is asked for besides the pin, exactly, and never instead', async () => {
  const issue = (name: string, uris: readonly string[]) => federation.pki.issue({ name, client: true, uris });
  const good = await issue('spiffe-good', [SPIFFE]);
  const others = [
    await issue('spiffe-none', []),
    await issue('spiffe-longer', [`${SPIFFE}/more`]),
    await issue('spiffe-case', [SPIFFE.replace('one', 'One')]),
    await issue('spiffe-two', [SPIFFE, 'spiffe://nyxera.example/agents/two']),
    await issue('spiffe-comma', [`https://x.example/, URI:${SPIFFE}`]),
  ];
  const unpinned = await issue('spiffe-unpinned', [SPIFFE]);
  for (const { sha256 } of [good, ...others]) await run('identity', 'pin', NAMED, sha256);
  await run(
    'key',
    'import',
    createTestKey().publicKey.toBase64(),
    '--identity',
    NAMED,
    '--purpose',
    'telemetry',
  );
  // The signature is by nobody's key: whoever comes so far was identified.
  const as = (certificate: IssuedCertificate) =>
    codeOf(
      post(telemetry(federation, {}, { identity: NAMED, claimedSha256: certificate.sha256 }), certificate),
    );
  for (const each of [good, ...others]) expect(await as(each)).toBe('signature_invalid');
  expect(await run('identity', 'limit', NAMED, '--spiffe-id', SPIFFE)).toMatchObject({
    exitCode: 0,
    json: { spiffe_id: SPIFFE, changed: true },
  });
  expect(await as(good)).toBe('signature_invalid');
  for (const each of [...others, unpinned]) expect(await as(each)).toBe('peer_identity_rejected');
  for (const wrong of [
    'spiffe://Nyxera.example/a',
    `${SPIFFE}/`,
    'spiffe://nyxera.example/a/../b',
    'https://x.example/a',
  ]) {
    expect(await run('identity', 'limit', NAMED, '--spiffe-id', wrong)).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'spiffe_invalid' } },
    });
  }
  expect(await run('identity', 'limit', NAMED, '--any-spiffe-id')).toMatchObject({
    json: { spiffe_id: null },
  });
  for (const each of others) expect(await as(each)).toBe('signature_invalid');
});

const acceptedThings = async () => (await gateway.count('events')) + (await gateway.count('graphs'));

test('evidence is verified inside the running gateway as well', async () => {
  expect(await run('evidence', 'verify', '--all')).toMatchObject({
    exitCode: 0,
    json: { ok: true, valid: await acceptedThings(), invalid: 0, evidence_removed: 0, faults: [] },
  });
});
