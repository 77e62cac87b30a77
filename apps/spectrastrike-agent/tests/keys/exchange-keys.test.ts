import { generateKeyPairSync, sign } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { generateKeyFile, openSigner, type Signer } from '@nyxera/federation-key-custody';
import {
  canonicalizeCompat,
  type Ed25519PublicKey,
  importPublicKey,
  type JsonObject,
  type KeySet,
  type KeySetKey,
  makeKeySet,
  parseKeyExchange,
  parseStrictJson,
  verifyKeySet,
} from '@nyxera/federation-protocol';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { type ExchangeOutcome, type ExchangeParts, exchangeKeys } from '../../src/keys/exchange-keys.ts';
import { isConfirmed } from '../../src/keys/exchange-store.ts';
import { listGatewayKeys } from '../../src/keys/gateway-keys.ts';
import { listOwnKeys, revokeOwnKey } from '../../src/keys/own-keys.ts';
import {
  placesToConfirm,
  prepareNextKey,
  switchKeys,
  unconfirmedPlaces,
} from '../../src/keys/rotate-keys.ts';
import type { SendSigned } from '../../src/prepare-envelope.ts';
import { listSecurityEntries } from '../../src/security-log.ts';
import { openState, type State } from '../../src/state/open-state.ts';
import { feedbackKeyring } from '../../src/trust/feedback-keyring.ts';

const GATEWAY = 'https://gateway.example:8443';
const IDENTITY = 'spectrastrike-agent-01';
const TENANT = '10000000-0000-4000-8000-00000000000A';
const OTHER = '20000000-0000-4000-8000-00000000000b';
const LANE = { operatorId: 'op-001', tenantId: TENANT };
const PLACE = { gateway: GATEWAY, tenantId: TENANT.toLowerCase() };
const NOW = 1_900_000_000;

interface TestKey {
  readonly key: Ed25519PublicKey;
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>;
}
function testKey(): TestKey {
  const pair = generateKeyPairSync('ed25519');
  const imported = importPublicKey(pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  if (!imported.ok) throw new Error(imported.detail);
  return { key: imported.value, sign: async (bytes) => sign(null, bytes, pair.privateKey) };
}

const directory = temporaryDirectory('agent-keys');
const root = testKey();
const next = testKey();
let signer: Signer;
let keyPath: string;
let state: State;
let states = 0;
/** What the gateway was sent, body by body. */
let sent: JsonObject[];
/** What it answers next; the last one stays. */
let answers: { status: number; body: JsonObject }[];

beforeAll(async () => {
  keyPath = join(directory.path, 'telemetry.pem');
  await generateKeyFile(keyPath);
  const opened = await openSigner(keyPath);
  if (!opened.ok) throw new Error(opened.detail);
  signer = opened.value;
});
beforeEach(() => {
  states += 1;
  state = openState(join(directory.path, `state-${states}`), { now: () => NOW * 1000 });
  sent = [];
  answers = [];
});
afterAll(async () => {
  await signer.close();
  directory.remove();
});

/** The network is the one thing that is made up; bodies and answers pass through text, as on it. */
const sendSigned: SendSigned = async (_path, buildBody) => {
  const parsed = parseStrictJson(new TextEncoder().encode(buildBody(NOW, 'nonce-0001')));
  if (!parsed.ok) throw new Error(parsed.detail);
  const body = parsed.value as JsonObject;
  expect(parseKeyExchange(body).ok).toBe(true);
  sent.push(body);
  const answer = answers.length > 1 ? answers.shift() : answers[0];
  const text = parseStrictJson(new TextEncoder().encode(canonicalizeCompat(answer?.body ?? {})));
  const outcome = {
    kind: 'answer',
    status: answer?.status ?? 500,
    code: null,
    retryAfterMs: null,
    body: text.ok ? text.value : null,
    dateHeader: null,
  } as const;
  return { timestamp: NOW, nonce: 'nonce-0001', outcome };
};

const run = (more: Partial<ExchangeParts> = {}, lane = LANE): Promise<ExchangeOutcome> =>
  exchangeKeys(
    {
      state,
      sendSigned,
      signer,
      signerUri: keyPath,
      evidence: null,
      identity: IDENTITY,
      gateway: GATEWAY,
      declared: [{ kid: 'root', key: root.key }],
      now: () => NOW * 1000,
      ...more,
    },
    lane,
  );

const feedback = (kid: string, { key }: TestKey, more: Partial<KeySetKey> = {}): KeySetKey => ({
  kid,
  key,
  purposes: ['feedback'],
  tenants: [PLACE.tenantId],
  notBefore: null,
  notAfter: null,
  state: 'active',
  ...more,
});

let version = NOW;
/** An answer of the gateway with such a set, signed by the key of that kid. */
async function answer(
  keys: readonly KeySetKey[],
  by: { kid: string; key: TestKey } = { kid: 'root', key: root },
  changes: Partial<KeySet> = {},
): Promise<{ status: number; body: JsonObject }> {
  version += 1;
  const set = { issuer: '@gateway', issuedAt: NOW, version, keys, ...changes };
  const jws = await makeKeySet(set, { kid: by.kid, sign: by.key.sign });
  return {
    status: 200,
    body: { request_id: 'r', status: 'accepted', keys: jws, confirmed: [await signer.kid()] },
  };
}

const verifies = (kid: string, tenant = PLACE.tenantId): boolean => {
  const learned = listGatewayKeys(state.db, { gateway: GATEWAY, tenantId: tenant });
  return feedbackKeyring(tenant, [{ kid: 'root', key: root.key }], [], NOW, learned)(kid) !== null;
};

describe('an exchange of keys', () => {
  test('teaches the next key, and says at once that it is loaded', async () => {
    answers = [await answer([feedback('root', root), feedback('next', next)])];
    answers.push(await answer([feedback('root', root), feedback('next', next)]));
    expect(await run()).toMatchObject({ kind: 'exchanged', learned: ['root', 'next'] });
    expect(sent.map((body) => body.confirmed)).toEqual([[], ['next', 'root']]);
    expect(verifies('next')).toBe(true);
    expect(isConfirmed(state.db, PLACE, await signer.kid())).toBe(true);
    const set = verifyKeySet(sent[1]?.keys ?? null, {
      issuer: IDENTITY,
      keys: () => listOwnKeys(state.db)[0]?.key ?? null,
      now: NOW,
      skewSeconds: 30,
      loadedVersion: NOW,
    });
    expect(set).toMatchObject({
      ok: true,
      value: { version: NOW + 1, keys: [{ purposes: ['telemetry', 'evidence'] }] },
    });
  });

  test('is by tenant: what one has learned is unknown to another', async () => {
    answers = [await answer([feedback('root', root), feedback('next', next)])];
    await run();
    expect([verifies('next'), verifies('next', OTHER)]).toEqual([true, false]);
    // And a set that was made for one tenant is of no use for another.
    const outcome = await run({}, { ...LANE, tenantId: OTHER });
    expect(outcome).toMatchObject({ kind: 'refused', code: 'key_domain_violation' });
    expect(verifies('next', OTHER)).toBe(false);
  });

  test('ends keys: revoked ones for ever, and those that a set leaves out, though the environment declares them', async () => {
    answers = [await answer([feedback('root', root), feedback('next', next)])];
    await run();
    const byNext = { kid: 'next', key: next };
    answers = [await answer([feedback('next', next), feedback('root', root, { state: 'revoked' })], byNext)];
    await run();
    expect([verifies('root'), verifies('next')]).toEqual([false, true]);
    answers = [await answer([feedback('next', next), feedback('root', root)], byNext)];
    expect(await run()).toMatchObject({ kind: 'refused', code: 'key_invalid' });
    answers = [await answer([feedback('next', next)], byNext)];
    await run();
    expect([verifies('root'), verifies('next')]).toEqual([false, true]);
    const third = testKey();
    answers = [await answer([feedback('next', next), feedback('third', third)], byNext)];
    await run();
    answers = [await answer([feedback('third', third)], { kid: 'third', key: third })];
    await run();
    expect([verifies('next'), verifies('third')]).toEqual([false, true]);
  });

  test('that another process of ours has overtaken is no replay', async () => {
    const older = await answer([feedback('root', root)]);
    answers = [await answer([feedback('root', root)]), await answer([feedback('root', root)])];
    const slow: SendSigned = async (path, build) => {
      expect(await run()).toMatchObject({ kind: 'exchanged' });
      answers = [older];
      return sendSigned(path, build);
    };
    expect(await run({ sendSigned: slow })).toMatchObject({ kind: 'exchanged', learned: [] });
    expect(listSecurityEntries(state.db, { limit: 10 })).toEqual([]);
  });

  test('refuses what is not to be believed, notes it, and keeps what it has', async () => {
    answers = [await answer([feedback('root', root)]), await answer([feedback('root', root)])];
    await run();
    const loaded = version;
    const good = [feedback('root', root), feedback('next', next)];
    const rogue = testKey();
    const cases: readonly (readonly [string, { status: number; body: JsonObject }, string])[] = [
      [
        'signed by a stranger under the name of the root',
        await answer(good, { kid: 'root', key: rogue }),
        'signature_invalid',
      ],
      [
        'signed by a key that only it names',
        await answer(good, { kid: 'next', key: next }),
        'signature_invalid',
      ],
      ['another issuer', await answer(good, undefined, { issuer: IDENTITY }), 'signed_metadata_mismatch'],
      ['the version that is loaded', await answer(good, undefined, { version: loaded }), 'replay_detected'],
      ['of an hour ago', await answer(good, undefined, { issuedAt: NOW - 3600 }), 'timestamp_out_of_window'],
      [
        'a known name for another key',
        await answer([feedback('root', rogue)], { kid: 'root', key: rogue }),
        'signature_invalid',
      ],
      [
        'a second key under a declared name',
        await answer([...good, feedback('declared', rogue)]),
        'key_invalid',
      ],
      [
        'a key of every tenant',
        await answer([...good, feedback('wide', rogue, { tenants: null })]),
        'key_domain_violation',
      ],
      ['no set at all', { status: 200, body: { keys: 'eyJ', confirmed: [] } }, 'schema_invalid'],
    ];
    const declared = [
      { kid: 'root', key: root.key },
      { kid: 'declared', key: testKey().key },
    ];
    for (const [about, one, code] of cases) {
      answers = [one];
      expect([about, await run({ declared })]).toMatchObject([about, { kind: 'refused', code }]);
      expect([about, verifies('next'), verifies('root')]).toEqual([about, false, true]);
    }
    const noted = listSecurityEntries(state.db, { limit: 100 });
    expect(noted.map((entry) => entry.code).reverse()).toEqual(cases.map(([, , code]) => code));
  });

  test('is not known to a deployed gateway, and stops nothing', async () => {
    answers = [{ status: 404, body: {} }];
    expect(await run()).toMatchObject({ kind: 'unsupported' });
    answers = [{ status: 422, body: {} }];
    expect(await run()).toMatchObject({ kind: 'failed', code: '422' });
    answers = [{ status: 200, body: { keys: null, confirmed: [] } }];
    expect(await run()).toMatchObject({ kind: 'exchanged', learned: [] });
    expect(listSecurityEntries(state.db, { limit: 10 })).toEqual([]);
  });
});

describe('the rotation of our own keys', () => {
  const prepare = async () => {
    const parts = {
      purpose: 'telemetry',
      signerUri: null,
      signerOptions: {},
      nowMs: NOW * 1000,
      random: new Uint8Array([states]),
    } as const;
    const made = await prepareNextKey(state, parts);
    if (!made.ok) throw new Error(made.detail);
    return made.value;
  };
  const options = { force: false, overlapSeconds: 3600, nowMs: NOW * 1000 };

  test('waits for every gateway and tenant that it has sent to', async () => {
    answers = [await answer([feedback('root', root)])];
    await run();
    const own = await prepare();
    expect((await prepare()).kid).toBe(own.kid);
    state.db.exec(
      `INSERT INTO lanes (gateway, operator_id, tenant_id) VALUES ('https://elsewhere', 'op', '${TENANT}')`,
    );
    const places = placesToConfirm(state, { gateway: GATEWAY, tenantId: TENANT });
    expect(places).toHaveLength(2);
    expect(switchKeys(state, own, { ...options, places })).toBe(false);
    const reply = await answer([feedback('root', root)]);
    answers = [{ ...reply, body: { ...reply.body, confirmed: [own.kid] } }];
    await run();
    expect(unconfirmedPlaces(state, places, own.kid)).toEqual([
      { gateway: 'https://elsewhere', tenantId: PLACE.tenantId },
    ]);
    expect(switchKeys(state, own, { ...options, places })).toBe(false);
    expect(switchKeys(state, own, { ...options, places: [PLACE] })).toBe(true);
    expect(listOwnKeys(state.db).map((one) => [one.kid === own.kid, one.state, one.notAfter])).toEqual(
      expect.arrayContaining([
        [true, 'active', null],
        [false, 'retiring', NOW + 3600],
      ]),
    );
    // Done is done: the same step again, by another process, changes nothing.
    expect(switchKeys(state, own, { ...options, places: [PLACE] })).toBe(true);
    expect(listOwnKeys(state.db)).toHaveLength(2);
  });

  test('a key that leaked is announced as revoked from then on, and the one that signs never is', async () => {
    answers = [await answer([feedback('root', root)])];
    await run();
    const own = await prepare();
    const old = await signer.kid();
    expect(switchKeys(state, own, { ...options, force: true, places: [PLACE] })).toBe(true);
    revokeOwnKey(state.db, old);
    revokeOwnKey(state.db, own.kid);
    const opened = await openSigner(own.signerUri);
    if (!opened.ok) throw new Error(opened.detail);
    await run({ signer: opened.value, signerUri: own.signerUri });
    await opened.value.close();
    const said = verifyKeySet(sent.at(-1)?.keys ?? null, {
      issuer: IDENTITY,
      keys: (kid) => (kid === own.kid ? own.key : null),
      now: NOW,
      skewSeconds: 30,
      loadedVersion: null,
    });
    expect(said.ok && said.value.keys.map((one) => [one.kid, one.state])).toEqual(
      expect.arrayContaining([
        [old, 'revoked'],
        [own.kid, 'active'],
      ]),
    );
  });
});
