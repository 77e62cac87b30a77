import { expect, test } from '@jest/globals';
import type { DeclaredTrust } from '../../src/config/gateway-config.ts';
import { type DeclaredOwnKey, importEnvironment } from '../../src/trust/import-environment.ts';
import { loadTrust } from '../../src/trust/load-trust.ts';
import { GATEWAY_OWNER } from '../../src/trust/trust-snapshot.ts';
import {
  importKey,
  limitIdentity,
  mapTenant,
  moveKey,
  pinIdentity,
  unmapTenant,
  unpinIdentity,
} from '../../src/trust/trust-store.ts';
import { author, makeKey, makePin, TENANT_A, TENANT_B } from './make-keys.ts';
import { describeStores } from './stores.ts';

describeStores('import of the environment', (store) => {
  const snapshot = () => loadTrust(store().db, Date.now());
  const run = async (declared: Partial<DeclaredTrust>, feedback: readonly DeclaredOwnKey[] = []) =>
    importEnvironment(
      store().db,
      { identities: [], keys: [], operatorTenants: [], ...declared },
      feedback,
      Date.now(),
    );
  const identity = (name: string, pins: readonly string[]) => ({
    identity: name,
    pins,
    operators: null,
    tenants: null,
  });

  test('declared keys belong to every declared identity, feedback keys to the gateway; a second start writes nothing', async () => {
    const [telemetry, feedback] = [makeKey(), makeKey()];
    const declared = {
      identities: [identity('env-a', [makePin('a')]), identity('env-b', [makePin('b'), makePin('b2')])],
      keys: (['telemetry', 'evidence'] as const).map((purpose) => ({
        purpose,
        kid: 'default',
        key: telemetry.key,
      })),
      operatorTenants: [{ operatorId: 'env-op', tenantId: TENANT_A }],
    };
    const feedbackKeys = [{ purpose: 'feedback', kid: 'default', key: feedback.key }] as const;
    const first = await run(declared, feedbackKeys);
    expect(first).toMatchObject({ ok: true, value: { changes: 12, warnings: [] } });
    const trust = await snapshot();
    for (const name of ['env-a', 'env-b']) {
      expect(trust.keyById(name, 'telemetry', 'default', Date.now())?.key.kid).toBe(telemetry.key.kid);
      expect(trust.keyById(name, 'evidence', telemetry.key.kid, Date.now())?.kid).toBe('default');
    }
    expect(trust.identity('env-b')?.pins).toHaveLength(2);
    expect(trust.keyById(GATEWAY_OWNER, 'feedback', 'default', Date.now())?.state).toBe('active');
    expect(trust.tenantOf('env-op')).toBe(TENANT_A);
    expect(await run(declared, feedbackKeys)).toEqual({ ok: true, value: { changes: 0, warnings: [] } });
    expect((await snapshot()).version).toBe(trust.version);
  });

  test('two gateways that start at once import once', async () => {
    const declared = { identities: [identity('twice', [makePin('t')])] };
    const results = await Promise.all([run(declared), run(declared)]);
    const changes = results.map((result) => (result.ok ? result.value.changes : -1)).sort();
    expect(changes).toEqual([0, 2]);
  });

  test('what the CLI ended stays ended, and is a warning', async () => {
    const { db } = store();
    const key = makeKey();
    const pin = makePin('ended');
    const declared = {
      identities: [identity('ended', [pin])],
      keys: [{ purpose: 'telemetry' as const, kid: 'k', key: key.key }],
      operatorTenants: [{ operatorId: 'ended-op', tenantId: TENANT_A }],
    };
    await run(declared);
    await unpinIdentity(db, author('x'), { identity: 'ended', sha256: pin });
    await moveKey(db, author('leak'), 'revoke', { kid: key.key.kid, owner: null, purpose: null });
    await unmapTenant(db, author('x'), { operatorId: 'ended-op' });
    const before = await snapshot();
    const again = await run({
      ...declared,
      identities: [...declared.identities, identity('newcomer', [makePin('n')])],
    });
    expect(again).toMatchObject({ ok: true });
    const warnings = again.ok ? again.value.warnings.join('\n') : '';
    expect(warnings).toMatch(/pin .* has ended/);
    expect(warnings).toMatch(/key k of ended .* revoked/);
    // A revoked key does not come back through an identity that is declared later.
    expect(warnings).toMatch(/key k of newcomer .* revoked/);
    expect(warnings).toMatch(/ended-op .* unmapped/);
    const after = await snapshot();
    expect(after.verifyKeys('ended', 'telemetry', Date.now())).toEqual([]);
    expect(after.verifyKeys('newcomer', 'telemetry', Date.now())).toEqual([]);
    expect(after.identity('ended')?.pins).toEqual(before.identity('ended')?.pins);
    expect(after.tenantOf('ended-op')).toBeNull();
  });

  test('what the CLI set stays; what only the environment set follows it', async () => {
    const { db } = store();
    const declared = {
      identities: [identity('set-cli', [makePin('s1')]), identity('set-env', [makePin('s2')])],
      operatorTenants: [
        { operatorId: 'set-cli', tenantId: TENANT_A },
        { operatorId: 'set-env', tenantId: TENANT_A },
      ],
    };
    await run(declared);
    await limitIdentity(db, author(), { identity: 'set-cli', operators: ['only'], tenants: null });
    await mapTenant(db, author(), { operatorId: 'set-cli', tenantId: TENANT_B, move: true });
    const moved = {
      identities: declared.identities.map((entry) => ({ ...entry, operators: ['other'] })),
      operatorTenants: [
        { operatorId: 'set-cli', tenantId: TENANT_A },
        { operatorId: 'set-env', tenantId: TENANT_B },
      ],
    };
    const result = await run(moved);
    expect(result.ok && result.value.warnings).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/set-cli: its limits/),
        expect.stringMatching(/set-cli .* the CLI mapped/),
      ]),
    );
    const trust = await snapshot();
    expect(trust.identity('set-cli')?.operators).toEqual(new Set(['only']));
    expect(trust.identity('set-env')?.operators).toEqual(new Set(['other']));
    expect(trust.tenantOf('set-cli')).toBe(TENANT_B);
    expect(trust.tenantOf('set-env')).toBe(TENANT_B);
  });

  test('what is no longer declared stays, and is a warning that names the command', async () => {
    const key = makeKey();
    await run({
      identities: [identity('gone', [makePin('g')]), identity('kept', [makePin('k'), makePin('k2')])],
      keys: [{ purpose: 'telemetry', kid: 'gone-key', key: key.key }],
      operatorTenants: [{ operatorId: 'gone-op', tenantId: TENANT_A }],
    });
    const result = await run({
      identities: [identity('kept', [makePin('k')])],
      keys: [{ purpose: 'telemetry', kid: 'fresh', key: makeKey().key }],
      operatorTenants: [{ operatorId: 'kept-op', tenantId: TENANT_A }],
    });
    const warnings = result.ok ? result.value.warnings.join('\n') : '';
    expect(warnings).toMatch(/identity gone is no longer declared .*identity unpin/);
    expect(warnings).toMatch(new RegExp(`kept: pin ${makePin('k2')} is no longer declared`));
    expect(warnings).toMatch(/gone-key of kept is no longer declared .*key revoke/);
    expect(warnings).toMatch(/gone-op is no longer declared .*tenant unmap/);
    const trust = await snapshot();
    expect(trust.tenantOf('gone-op')).toBe(TENANT_A);
    expect(trust.identity('gone')?.pins).toHaveLength(1);
  });

  test('a kid that is declared for another key, or a key with two purposes, refuses the start and imports nothing', async () => {
    const { db } = store();
    const [one, other] = [makeKey(), makeKey()];
    await run({
      identities: [identity('clash', [makePin('c')])],
      keys: [{ purpose: 'telemetry', kid: 'same', key: one.key }],
    });
    const before = await snapshot();
    const result = await run({
      identities: [identity('clash', [makePin('c')]), identity('clash-2', [makePin('c2')])],
      keys: [{ purpose: 'telemetry', kid: 'same', key: other.key }],
    });
    expect(result).toMatchObject({
      ok: false,
      faults: [{ variable: 'VV_TG_SPECTRASTRIKE_ED25519_PUBKEY', problem: expect.stringContaining('same') }],
    });
    expect((await snapshot()).version).toBe(before.version);
    expect((await snapshot()).identity('clash-2')).toBeNull();
    expect(await run({}, [{ purpose: 'feedback', kid: 'f', key: one.key }])).toMatchObject({
      ok: false,
      faults: [{ variable: 'VV_TG_FEEDBACK_ED25519_KEYS_JSON' }],
    });
    // The same, declared by the CLI before.
    await pinIdentity(db, author(), { identity: 'clash-3', sha256: makePin('c3'), limits: null });
    await importKey(db, author(), {
      owner: 'clash-3',
      purposes: ['telemetry'],
      kid: 'same',
      key: makeKey().key,
      domain: null,
      state: 'active',
      notBefore: null,
      notAfter: null,
    });
    expect(
      await run({
        identities: [identity('clash-3', [makePin('c3')])],
        keys: [{ purpose: 'telemetry', kid: 'same', key: one.key }],
      }),
    ).toMatchObject({ ok: false });
  });

  test('a key under a new name: the name is added in the state of the key, and revoking either revokes both', async () => {
    const { db } = store();
    const feedback = makeKey();
    await run({}, [{ purpose: 'feedback', kid: 'old-name', key: feedback.key }]);
    await moveKey(db, author(), 'retire', { kid: 'old-name', owner: GATEWAY_OWNER, purpose: null });
    await run({}, [{ purpose: 'feedback', kid: 'default-2', key: feedback.key }]);
    const trust = await snapshot();
    expect(trust.keyById(GATEWAY_OWNER, 'feedback', 'default-2', Date.now())?.state).toBe('retiring');
    await moveKey(db, author('leak'), 'revoke', {
      kid: 'default-2',
      owner: GATEWAY_OWNER,
      purpose: 'feedback',
    });
    expect((await snapshot()).keyById(GATEWAY_OWNER, 'feedback', 'old-name', Date.now())).toBeNull();
  });

  test('an operator id that JSON, SQL and the store all have to escape', async () => {
    const operatorId = `o"'\\{},\u2400 \u{1f600}`;
    const declared = { operatorTenants: [{ operatorId, tenantId: TENANT_A }] };
    await run(declared);
    expect((await snapshot()).tenantOf(operatorId)).toBe(TENANT_A);
    expect(await run(declared)).toMatchObject({ value: { changes: 0 } });
    await unmapTenant(store().db, author(), { operatorId });
    await run(declared);
    expect((await snapshot()).tenantOf(operatorId)).toBeNull();
  });

  test('five thousand operators in one start, each audited', async () => {
    const operatorTenants = Array.from({ length: 5000 }, (_, index) => ({
      operatorId: `many-${index}`,
      tenantId: index % 2 === 0 ? TENANT_A : '66666666-6666-4666-8666-666666666666',
    }));
    const first = await run({ operatorTenants });
    expect(first.ok && first.value.changes).toBe(5001);
    expect((await snapshot()).tenantOf('many-4999')).toBe('66666666-6666-4666-8666-666666666666');
    expect(await run({ operatorTenants })).toMatchObject({ value: { changes: 0 } });
  });

  test('what no identity or operator can be is a fault of its variable', async () => {
    expect(await run({ identities: [identity('@gateway', [makePin('x')])] })).toMatchObject({
      ok: false,
      faults: [{ variable: 'VV_TG_ALLOWED_SERVICE_IDENTITIES_JSON' }],
    });
    expect(await run({ operatorTenants: [{ operatorId: 'a\0', tenantId: TENANT_A }] })).toMatchObject({
      ok: false,
      faults: [{ variable: 'VV_TG_OPERATOR_TENANT_MAP' }],
    });
  });
});
