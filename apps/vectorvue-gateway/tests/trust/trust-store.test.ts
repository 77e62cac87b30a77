import { expect, test } from '@jest/globals';
import { loadTrust } from '../../src/trust/load-trust.ts';
import {
  changeTenantState,
  importKey,
  limitIdentity,
  mapTenant,
  moveKey,
  pinIdentity,
  unmapTenant,
  unpinIdentity,
} from '../../src/trust/trust-store.ts';
import { author, makeKey, makePin, TENANT_A, TENANT_B, type TestKey } from './make-keys.ts';
import { describeStores, type TestStore } from './stores.ts';

const AUDIT = {
  name: 'test-audit',
  text: 'SELECT class, action, actor, kid, peer_sha256, disclosure FROM audit_log ORDER BY sequence DESC LIMIT $1',
};

interface AuditRow {
  readonly class: string;
  readonly action: string;
  readonly actor: string;
  readonly kid: string | null;
  readonly peer_sha256: string | null;
  readonly disclosure: string;
}

describeStores('trust store', (store) => {
  const snapshot = () => loadTrust(store().db, Date.now());

  test('a pin declares the identity; validity, end and return of the pin are kept', async () => {
    const { db } = store();
    const pin = makePin('one');
    expect(
      await pinIdentity(db, author(), { identity: 'pin-1', sha256: pin.toUpperCase(), limits: null }),
    ).toEqual({
      ok: true,
      value: { created: true },
    });
    expect((await snapshot()).identity('pin-1')?.pins).toEqual([
      { sha256: pin, notBeforeMs: null, notAfterMs: null },
    ]);
    expect(await pinIdentity(db, author(), { identity: 'pin-1', sha256: pin, limits: null })).toMatchObject({
      ok: false,
      code: 'pin_exists',
    });
    expect(await unpinIdentity(db, author('over'), { identity: 'pin-1', sha256: pin })).toMatchObject({
      ok: true,
    });
    const ended = (await snapshot()).identity('pin-1')?.pins[0];
    // Over on every clock, also on one that is behind.
    expect(ended?.notAfterMs).toBe(0);
    expect(await unpinIdentity(db, author(), { identity: 'pin-1', sha256: pin })).toMatchObject({
      ok: false,
      code: 'pin_unknown',
    });
    expect(await pinIdentity(db, author(), { identity: 'pin-1', sha256: pin, limits: null })).toMatchObject({
      ok: true,
    });
    expect((await snapshot()).identity('pin-1')?.pins[0]?.notAfterMs).toBeNull();
  });

  test('a pin that has not begun can be ended', async () => {
    const { db } = store();
    const pin = { identity: 'pin-future', sha256: makePin('future'), limits: null };
    const notBefore = new Date(Date.now() + 3_600_000);
    expect(await pinIdentity(db, author(), { ...pin, notBefore })).toMatchObject({ ok: true });
    expect(await unpinIdentity(db, author(), pin)).toMatchObject({ ok: true });
    const [stored] = (await snapshot()).identity('pin-future')?.pins ?? [];
    expect(stored?.notBeforeMs).toBeNull();
    expect(stored?.notAfterMs).toBeLessThanOrEqual(Date.now());
  });

  test.each([
    ['pin_invalid', { identity: 'x', sha256: 'ab:cd' }],
    ['pin_invalid', { identity: 'x', sha256: 'ab' }],
    ['pin_invalid', { identity: 'x', sha256: 'g'.repeat(64) }],
    ['identity_invalid', { identity: '', sha256: makePin('x') }],
    ['identity_invalid', { identity: 'a b', sha256: makePin('x') }],
    ['identity_invalid', { identity: '@gateway', sha256: makePin('x') }],
    ['identity_invalid', { identity: 'ä', sha256: makePin('x') }],
    [
      'validity_invalid',
      { identity: 'x', sha256: makePin('x'), notBefore: new Date(2), notAfter: new Date(1) },
    ],
  ])('%s is refused, and nothing is written', async (code, input) => {
    const { db } = store();
    const before = await snapshot();
    expect(await pinIdentity(db, author(), { ...input, limits: null })).toMatchObject({ ok: false, code });
    expect((await snapshot()).version).toBe(before.version);
    expect((await snapshot()).identity(input.identity)).toBeNull();
  });

  test('limits are sets; equal limits write nothing', async () => {
    const { db } = store();
    await pinIdentity(db, author(), { identity: 'limited', sha256: makePin('limited'), limits: null });
    const limits = { identity: 'limited', operators: ['b', 'a', 'a'], tenants: [TENANT_A.toUpperCase()] };
    expect(await limitIdentity(db, author(), limits)).toMatchObject({
      ok: true,
      value: { changed: true },
    });
    const { version } = await snapshot();
    expect(await limitIdentity(db, author(), { ...limits, operators: ['a', 'b'] })).toEqual({
      ok: true,
      value: { changed: false, operators: ['a', 'b'], tenants: [TENANT_A], spiffeId: null },
    });
    expect((await snapshot()).version).toBe(version);
    expect((await snapshot()).identity('limited')).toMatchObject({
      operators: new Set(['a', 'b']),
      tenants: new Set([TENANT_A]),
    });
    expect(await limitIdentity(db, author(), { ...limits, identity: 'nobody' })).toMatchObject({
      code: 'identity_unknown',
    });
  });

  test('mapping: created, repeated, moved only when said, ended', async () => {
    const { db } = store();
    const map = (tenantId: string, move = false) =>
      mapTenant(db, author(), { operatorId: 'op-1', tenantId, move });
    expect(await map(TENANT_A.toUpperCase())).toEqual({ ok: true, value: { changed: true } });
    expect(await map(TENANT_A)).toEqual({ ok: true, value: { changed: false } });
    expect(await map(TENANT_B)).toMatchObject({ ok: false, code: 'operator_mapped' });
    expect((await snapshot()).tenantOf('op-1')).toBe(TENANT_A);
    // The tenant that the refused mapping would have created was rolled back, or never made.
    expect((await snapshot()).tenantState(TENANT_B)).toBeNull();
    expect(await map(TENANT_B, true)).toMatchObject({ ok: true });
    expect((await snapshot()).tenantOf('op-1')).toBe(TENANT_B);
    expect(await unmapTenant(db, author(), { operatorId: 'op-1' })).toEqual({
      ok: true,
      value: { tenantId: TENANT_B },
    });
    expect(await unmapTenant(db, author(), { operatorId: 'op-1' })).toMatchObject({
      code: 'operator_unknown',
    });
    expect(await map('not-a-tenant')).toMatchObject({ code: 'tenant_invalid' });
    expect(
      await mapTenant(db, author(), { operatorId: 'a\0b', tenantId: TENANT_A, move: false }),
    ).toMatchObject({
      code: 'operator_invalid',
    });
  });

  test('a tenant is suspended and resumed', async () => {
    const { db } = store();
    await mapTenant(db, author(), { operatorId: 'op-s', tenantId: TENANT_A, move: false });
    const set = (state: 'active' | 'suspended', tenantId = TENANT_A) =>
      changeTenantState(db, author(), { tenantId, state });
    expect(await set('suspended')).toMatchObject({ ok: true });
    expect((await snapshot()).tenantState(TENANT_A)).toBe('suspended');
    expect(await set('suspended')).toMatchObject({ code: 'tenant_unchanged' });
    expect(await set('active')).toMatchObject({ ok: true });
    expect(await set('active', '11111111-1111-4111-8111-111111111111')).toMatchObject({
      code: 'tenant_unknown',
    });
  });

  test('every change is audited with who and why; a refusal is not', async () => {
    const { db } = store();
    const pin = makePin('audited');
    await pinIdentity(db, author('because "of" ümlaut'), { identity: 'audited', sha256: pin, limits: null });
    await pinIdentity(db, author('again'), { identity: 'audited', sha256: pin, limits: null });
    const [newest, before] = await db.query<AuditRow>(AUDIT, [2]);
    expect(newest).toMatchObject({
      class: 'trust',
      action: 'identity.pin',
      actor: 'cli:tester',
      peer_sha256: pin,
    });
    expect(before).toMatchObject({ action: 'identity.declare' });
    const disclosure = JSON.parse(newest?.disclosure ?? '{}') as { subject: { value: string } };
    expect(JSON.parse(disclosure.subject.value)).toEqual({
      reason: 'because "of" ümlaut',
      subject: 'audited',
    });
  });
});

describeStores('keyring', (store) => {
  const snapshot = () => loadTrust(store().db, Date.now());
  const add = (test_: TestKey, changes: Partial<Parameters<typeof importKey>[2]> = {}) =>
    importKey(store().db, author(), {
      owner: 'owner',
      purposes: ['telemetry'],
      kid: test_.key.kid,
      key: test_.key,
      domain: null,
      state: 'active',
      notBefore: null,
      notAfter: null,
      ...changes,
    });
  const move = (step: 'activate' | 'retire' | 'revoke', kid: string, owner: string | null = null) =>
    moveKey(store().db, author('test'), step, { kid, owner, purpose: null });
  const declare = (identity: string) =>
    pinIdentity(store().db, author(), { identity, sha256: makePin(identity), limits: null });

  test('pending -> active -> retiring -> revoked, and what verifies in each', async () => {
    await declare('owner');
    const one = makeKey();
    expect(await add(one, { kid: 'life', state: 'pending', domain: [TENANT_A.toUpperCase()] })).toMatchObject(
      { ok: true },
    );
    const verifies = async () =>
      (await snapshot()).verifyKeys('owner', 'telemetry', Date.now()).map((key) => key.kid);
    expect(await verifies()).toEqual([]);
    expect(await move('retire', 'life')).toMatchObject({ ok: false, code: 'key_state' });
    expect(await move('activate', 'life')).toMatchObject({ ok: true });
    expect(await verifies()).toEqual(['life']);
    expect(await move('activate', 'life')).toMatchObject({ code: 'key_state' });
    expect(await move('retire', 'life')).toMatchObject({ ok: true });
    expect(await verifies()).toEqual(['life']);
    const found = (await snapshot()).keyById('owner', 'telemetry', one.key.kid, Date.now());
    expect(found).toMatchObject({ kid: 'life', state: 'retiring', domain: new Set([TENANT_A]) });
    expect(await move('activate', 'life')).toMatchObject({ code: 'key_state' });
    expect(await move('revoke', one.key.kid)).toMatchObject({
      ok: true,
      value: [{ kid: 'life', state: 'revoked' }],
    });
    expect(await verifies()).toEqual([]);
    expect((await snapshot()).keyById('owner', 'telemetry', 'life', Date.now())).toBeNull();
    for (const step of ['activate', 'retire', 'revoke'] as const) {
      expect(await move(step, 'life')).toMatchObject({ code: 'key_state' });
    }
    expect(await add(one, { kid: 'again' })).toMatchObject({ code: 'key_revoked' });
    expect(await move('revoke', 'no-such-key')).toMatchObject({ code: 'key_unknown' });
  });

  test('validity is [from, until)', async () => {
    await declare('owner-validity');
    const one = makeKey();
    const [from, until] = [1_000_000, 2_000_000];
    await add(one, {
      owner: 'owner-validity',
      kid: 'v',
      notBefore: new Date(from),
      notAfter: new Date(until),
    });
    const trust = await snapshot();
    const at = (ms: number) => trust.verifyKeys('owner-validity', 'telemetry', ms).length;
    expect([at(from - 1), at(from), at(until - 1), at(until)]).toEqual([0, 1, 1, 0]);
    expect(trust.keyById('owner-validity', 'telemetry', 'v', until)).toBeNull();
    expect(
      await add(makeKey(), {
        owner: 'owner-validity',
        kid: 'w',
        notBefore: new Date(5),
        notAfter: new Date(5),
      }),
    ).toMatchObject({
      code: 'validity_invalid',
    });
  });

  test('one key, one purpose, except telemetry and evidence, whoever owns it', async () => {
    await declare('owner-2');
    await declare('owner-3');
    const both = makeKey();
    expect(await add(both, { owner: 'owner-2', purposes: ['telemetry', 'evidence'] })).toMatchObject({
      ok: true,
    });
    expect(await add(both, { owner: '@gateway', purposes: ['feedback'] })).toMatchObject({
      code: 'key_purpose_taken',
    });
    expect(await add(both, { owner: 'owner-3', purposes: ['witness'] })).toMatchObject({
      code: 'key_purpose_taken',
    });
    expect(await add(both, { owner: 'owner-3' })).toMatchObject({ ok: true });
    const feedback = makeKey();
    expect(await add(feedback, { owner: '@gateway', purposes: ['feedback'] })).toMatchObject({ ok: true });
    expect(await add(feedback, { owner: 'owner-3' })).toMatchObject({ code: 'key_purpose_taken' });
  });

  test('an import of two purposes is all or nothing', async () => {
    await declare('owner-4');
    const [taken, fresh] = [makeKey(), makeKey()];
    await add(taken, { owner: 'owner-4', purposes: ['evidence'], kid: 'name' });
    expect(
      await add(fresh, { owner: 'owner-4', purposes: ['telemetry', 'evidence'], kid: 'name' }),
    ).toMatchObject({
      code: 'kid_taken',
    });
    expect((await snapshot()).verifyKeys('owner-4', 'telemetry', Date.now())).toEqual([]);
  });

  test('kids: names of other keys, thumbprints of other keys, and forms', async () => {
    await declare('owner-5');
    const [one, other] = [makeKey(), makeKey()];
    await add(one, { owner: 'owner-5', kid: 'name' });
    expect(await add(other, { owner: 'owner-5', kid: 'name' })).toMatchObject({ code: 'kid_taken' });
    expect(await add(other, { owner: 'owner-5', kid: one.key.kid })).toMatchObject({ code: 'kid_taken' });
    expect(await add(other, { owner: 'owner-5', kid: 'bad name' })).toMatchObject({ code: 'kid_invalid' });
    expect(await add(one, { owner: 'owner-5', kid: 'second-name' })).toMatchObject({ code: 'key_exists' });
    expect(await add(other, { owner: 'nobody' })).toMatchObject({ code: 'identity_unknown' });
    expect(await add(other, { owner: '@gateway' })).toMatchObject({ code: 'key_purpose_invalid' });
    expect(await add(other, { owner: 'owner-5', purposes: ['audit'] })).toMatchObject({
      code: 'key_purpose_invalid',
    });
    expect(await add(other, { owner: 'owner-5', domain: ['nonsense'] })).toMatchObject({
      code: 'tenant_invalid',
    });
  });

  test('a revocation without scope takes the key everywhere, by whatever name; with one, only there', async () => {
    await declare('owner-6');
    await declare('owner-7');
    await declare('owner-8');
    const leaked = makeKey();
    await add(leaked, { owner: 'owner-6', kid: 'a', purposes: ['telemetry', 'evidence'] });
    await add(leaked, { owner: 'owner-7', kid: 'b' });
    expect(await move('revoke', 'a', 'owner-6')).toMatchObject({
      value: [{ purpose: 'evidence' }, { purpose: 'telemetry' }],
    });
    expect((await snapshot()).verifyKeys('owner-7', 'telemetry', Date.now())).toHaveLength(1);
    expect(await add(leaked, { owner: 'owner-8', kid: 'c' })).toMatchObject({ code: 'key_revoked' });
    expect(await move('revoke', leaked.key.kid)).toMatchObject({ value: [{ owner: 'owner-7', kid: 'b' }] });
    expect((await snapshot()).verifyKeys('owner-7', 'telemetry', Date.now())).toEqual([]);
  });

  test('a kid that names different keys is refused, not guessed', async () => {
    await declare('owner-9');
    await declare('owner-10');
    await add(makeKey(), { owner: 'owner-9', kid: 'default' });
    await add(makeKey(), { owner: 'owner-10', kid: 'default' });
    expect(await move('revoke', 'default')).toMatchObject({ code: 'key_ambiguous' });
    expect(await move('revoke', 'default', 'owner-9')).toMatchObject({ ok: true });
    expect((await snapshot()).verifyKeys('owner-10', 'telemetry', Date.now())).toHaveLength(1);
  });

  test('two writers at once: one kid goes to one key', async () => {
    await declare('owner-11');
    const results = await Promise.all(
      Array.from({ length: 8 }, () => add(makeKey(), { owner: 'owner-11', kid: 'contested' })),
    );
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    expect(results.filter((result) => !result.ok && result.code === 'kid_taken')).toHaveLength(7);
  });

  test('a stored key that is no valid key is named and not trusted', async () => {
    const { db }: TestStore = store();
    await declare('owner-12');
    await db.query(
      {
        name: 'test-bad-key',
        text: `INSERT INTO keys (owner, purpose, kid, public_key, state, source) VALUES ('owner-12', 'telemetry', 'zero', $1, 'active', 'cli')`,
      },
      [new Uint8Array(32)],
    );
    const trust = await snapshot();
    expect(trust.verifyKeys('owner-12', 'telemetry', Date.now())).toEqual([]);
    expect(trust.faults).toEqual([expect.stringContaining('zero of owner-12')]);
    expect(await move('revoke', 'zero')).toMatchObject({ ok: true });
    expect((await snapshot()).faults).toEqual([]);
  });
});
