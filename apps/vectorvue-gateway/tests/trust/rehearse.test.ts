import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { foresee } from '../../src/trust/foresee.ts';
import { rehearse } from '../../src/trust/rehearse.ts';
import { readStanding, type Standing } from '../../src/trust/standing.ts';
import {
  addTenant,
  changeIdentityState,
  changeTenantState,
  importKey,
  mapTenant,
  moveKey,
  pinIdentity,
  unmapTenant,
  unpinIdentity,
} from '../../src/trust/trust-store.ts';
import { author, makeKey, makePin } from './make-keys.ts';
import { describeStores } from './stores.ts';

const TENANT = '5ca1ab1e-0000-4000-8000-000000000001';
const OTHER = '5ca1ab1e-0000-4000-8000-000000000002';

const dangers = (before: Standing, after: Standing): string =>
  foresee(before, after)
    .filter(({ weight }) => weight === 'danger')
    .map(({ text }) => text)
    .join('\n');

describeStores('a rehearsal', (store) => {
  const [first, second] = [makeKey(), makeKey()];
  const now = Date.now();
  const db = () => store().db;
  /** What would be dangerous about a change, and that rehearsing it has left nothing. */
  const dangerOf = async (work: Parameters<typeof rehearse>[2]): Promise<string> => {
    const stood = await readStanding(db(), now);
    const log = await db().query({ name: '', text: 'SELECT size FROM audit_head' });
    const { value, before, after } = await rehearse(db(), now, work);
    expect(value).toMatchObject({ ok: true });
    expect(before).toEqual(stood);
    expect(await readStanding(db(), now)).toEqual(stood);
    expect(await db().query({ name: '', text: 'SELECT size FROM audit_head' })).toEqual(log);
    return dangers(before, after);
  };
  const key = (of: ReturnType<typeof makeKey>, owner: string, purpose: 'telemetry' | 'feedback') => ({
    owner,
    purposes: [purpose] as const,
    kid: of.key.kid,
    key: of.key,
    domain: null,
    state: 'active' as const,
    notBefore: null,
    notAfter: null,
  });

  test('says who is refused afterwards, and does nothing', async () => {
    await pinIdentity(db(), author(), { identity: 'agent', sha256: makePin('1'), limits: null });
    await importKey(db(), author(), key(first, 'agent', 'telemetry'));
    await importKey(db(), author(), key(makeKey(), '@gateway', 'feedback'));
    await addTenant(db(), author(), { tenantId: TENANT, name: null });
    await mapTenant(db(), author(), { operatorId: 'op', tenantId: TENANT, move: false });

    const selector = { kid: first.key.kid, owner: null, purpose: null };
    const revoke = () => dangerOf((on) => moveKey(on, author('x'), 'revoke', selector));
    expect(await revoke()).toMatch(/only telemetry key of agent that verifies/);
    const unpin = () =>
      dangerOf((on) => unpinIdentity(on, author('x'), { identity: 'agent', sha256: makePin('1') }));
    expect(await unpin()).toMatch(/^agent is refused .* no pin of it is valid/);
    expect(
      await dangerOf((on) => changeIdentityState(on, author(), { identity: 'agent', state: 'suspended' })),
    ).toMatch(/^agent is refused .* suspended/);
    expect(
      await dangerOf((on) => changeTenantState(on, author(), { tenantId: TENANT, state: 'suspended' })),
    ).toMatch(/1 operator mapped/);
    expect(await dangerOf((on) => unmapTenant(on, author(), { operatorId: 'op' }))).toMatch(
      /operator_not_mapped/,
    );
    expect(
      await dangerOf((on) => mapTenant(on, author(), { operatorId: 'op', tenantId: OTHER, move: true })),
    ).toMatch(`belong to tenant ${OTHER} instead of ${TENANT}`);
    const general = { kid: '', owner: '@gateway', purpose: 'feedback' } as const;
    const kid = (await readStanding(db(), now)).signs.get('*')?.[0] ?? '';
    expect(await dangerOf((on) => moveKey(on, author('x'), 'retire', { ...general, kid }))).toMatch(
      /signed by no key/,
    );

    // With a second one of each, nobody is refused any more.
    await importKey(db(), author(), key(second, 'agent', 'telemetry'));
    await pinIdentity(db(), author(), { identity: 'agent', sha256: makePin('2'), limits: null });
    expect(await revoke()).toBe('');
    expect(await unpin()).toBe('');
  });

  test('of a change that is refused is the refusal; and a version that has moved on refuses the change', async () => {
    const missing = { tenantId: OTHER, state: 'suspended' } as const;
    const { value } = await rehearse(db(), now, (on) => changeTenantState(on, author(), missing));
    expect(value).toMatchObject({ ok: false, code: 'tenant_unknown' });
    const { version } = await readStanding(db(), now);
    const input = { tenantId: OTHER, name: null };
    const stale = { ...author(), atVersion: version - 1 };
    expect(await addTenant(db(), stale, input)).toMatchObject({ ok: false, code: 'trust_moved' });
    expect(await addTenant(db(), { ...author(), atVersion: version }, input)).toMatchObject({ ok: true });
  });
});

test('nothing changed has no consequences, and whoever cannot connect any more is always named', () => {
  const standing = fc
    .dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.record({
        state: fc.constantFrom('active' as const, 'suspended' as const),
        pins: fc.subarray(['1', '2']),
        verifies: fc
          .subarray(['k1', 'k2'])
          .map((kids) => new Map(kids.length === 0 ? [] : [['telemetry', kids]])),
      }),
    )
    .map(
      (identities): Standing => ({
        version: 1,
        identities: new Map(Object.entries(identities)),
        keys: new Map(),
        signs: new Map(),
        tenants: new Map(),
        operators: new Map(),
      }),
    );
  fc.assert(
    fc.property(standing, standing, (before, after) => {
      expect(foresee(before, before)).toEqual([]);
      const can = (of: Standing, name: string): boolean => {
        const one = of.identities.get(name);
        return one !== undefined && one.state === 'active' && one.pins.length > 0;
      };
      for (const name of after.identities.keys()) {
        const loses = can(before, name) && !can(after, name);
        const named = dangers(before, after).includes(`${name} is refused on every gateway`);
        expect(named).toBe(loses);
      }
    }),
  );
});
