import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KeySet } from '@nyxera/federation-protocol';
import { startPostgres } from '@nyxera/federation-testing';
import { allKeys } from '../../src/trust/key-rows.ts';
import { changeTrust } from '../../src/trust/trust-change.ts';
import { importKey, limitIdentity, moveKey, pinIdentity } from '../../src/trust/trust-store.ts';
import { type Received, send } from '../support/client.ts';
import {
  createFederation,
  createTestKey,
  type Federation,
  IDENTITY,
  OTHER_OPERATOR,
  OTHER_TENANT,
  TENANT,
  type TestKey,
} from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { declared, exchange, keySet, readOwnSet } from '../support/key-sets.ts';
import { newNonce, nowSeconds, type Prepared, telemetry } from '../support/requests.ts';

const author = { actor: 'cli:test', reason: 'test', nowMs: Date.now() };
const OTHER_IDENTITY = 'spectrastrike-other';

for (const kind of ['postgres', 'embedded'] as const) {
  describe(`the exchange of keys on ${kind} (PROTOCOL.md section 19)`, () => {
    let federation: Federation;
    let gateway: TestGateway;
    let current: TestKey;
    const endings: (() => unknown)[] = [];

    beforeAll(async () => {
      federation = await createFederation();
      endings.unshift(() => federation.remove());
      current = federation.telemetry;
      const environment: Record<string, string> = {};
      if (kind === 'postgres') {
        const postgres = await startPostgres({ fast: true });
        endings.unshift(() => postgres.stop());
        environment.DATABASE_URL = await postgres.createDatabase();
      }
      gateway = await startTestGateway(federation, environment);
      endings.unshift(() => gateway.close());
    });
    afterAll(async () => {
      for (const end of endings) await end();
    });

    const post = (prepared: Prepared): Promise<Received> => send(federation, gateway.listen, prepared);
    const codeOf = (received: Received): [number, string | undefined, string | undefined] => {
      const [error] = received.json?.errors ?? [];
      return [received.status, error?.error_code, error?.path];
    };
    const keyring = async () => {
      const read = await changeTrust(gateway.db, author, allKeys);
      if (!read.ok) throw new Error(read.detail);
      return read.value.map(({ owner, purpose, kid, state, domain, not_after }) => {
        return { owner, purpose, kid, state, domain, not_after };
      });
    };
    const rowOf = async (key: TestKey) => (await keyring()).find(({ kid }) => kid === key.publicKey.kid);
    const load = async (...keys: Parameters<typeof keySet>[1]) => {
      const received = await post(exchange(federation, await keySet(current, keys), {}, { key: current }));
      expect(codeOf(received)).toEqual([200, undefined, undefined]);
      return received;
    };

    test('a known key: nothing changes, and the answer is ours, signed by what the agent trusts', async () => {
      const before = await keyring();
      const received = await load(declared(current));
      expect(received.json).toMatchObject({ status: 'accepted', confirmed: [current.publicKey.kid] });
      expect(await keyring()).toEqual(before);
      const own = readOwnSet(federation, received.json.keys);
      expect(own.keys).toMatchObject([
        { kid: 'default', purposes: ['feedback'], tenants: [TENANT], state: 'active' },
      ]);
      const again = readOwnSet(federation, (await load(declared(current))).json.keys);
      expect(again.version).toBeGreaterThan(own.version);
    });

    test('a next key verifies from the answer on; then the old one ends when its owner says', async () => {
      const next = createTestKey();
      const refused = await post(telemetry(federation, {}, { key: next }));
      expect(codeOf(refused)[1]).toBe('signature_invalid');

      const received = await load(declared(current), declared(next));
      expect(received.json.confirmed).toEqual([current.publicKey.kid, next.publicKey.kid]);
      expect((await post(telemetry(federation, {}, { key: next }))).status).toBe(202);
      expect((await post(telemetry(federation, {}, { key: current }))).status).toBe(202);
      expect(await gateway.audit(received.json.request_id)).toEqual([
        {
          class: 'decision',
          code: 'accepted',
          action: 'key.exchange',
          actor: IDENTITY,
          tenant_id: TENANT,
          kid: current.publicKey.kid,
        },
      ]);
      const [story] = await gateway.db.query<{ actor: string; class: string }>(
        {
          name: 'test-story',
          text: `SELECT actor, class FROM audit_log WHERE action = 'key.import.telemetry' AND kid = $1`,
        },
        [next.publicKey.kid],
      );
      expect(story).toEqual({ actor: IDENTITY, class: 'trust' });

      const old = current;
      current = next;
      const notAfter = nowSeconds() + 3600;
      await load(declared(next), declared(old, { state: 'retiring', notAfter }));
      expect(await rowOf(old)).toMatchObject({ state: 'retiring', not_after: new Date(notAfter * 1000) });
      expect((await post(telemetry(federation, {}, { key: old }))).status).toBe(202);
      // What is stricter stands: neither the state nor the end is taken back.
      await load(declared(next), declared(old, { notAfter: notAfter + 3600 }));
      expect(await rowOf(old)).toMatchObject({ state: 'retiring', not_after: new Date(notAfter * 1000) });
      await load(declared(next), declared(old, { state: 'revoked' }));
      expect(codeOf(await post(telemetry(federation, {}, { key: old })))[1]).toBe('signature_invalid');
    });

    test('a pending key is kept and verifies nothing, until it is announced as active', async () => {
      const next = createTestKey();
      const pending = await load(declared(current), declared(next, { state: 'pending' }));
      expect(pending.json.confirmed).toEqual([current.publicKey.kid]);
      expect(codeOf(await post(telemetry(federation, {}, { key: next })))[1]).toBe('signature_invalid');
      const active = await load(declared(current), declared(next));
      expect(active.json.confirmed).toEqual([current.publicKey.kid, next.publicKey.kid]);
      expect((await post(telemetry(federation, {}, { key: next }))).status).toBe(202);
    });

    test('what the agent has loaded is kept by tenant; kids that are not ours are not', async () => {
      const jws = await keySet(current, [declared(current)]);
      const changes = { confirmed: ['default', 'somebody-elses', 'default'] };
      expect((await post(exchange(federation, jws, changes, { key: current }))).status).toBe(200);
      const rows = await gateway.db.query({
        name: 'test-confirmations',
        text: 'SELECT tenant_id, identity, kid FROM key_confirmations',
      });
      expect(rows).toEqual([{ tenant_id: TENANT, identity: IDENTITY, kid: 'default' }]);
    });

    test('refused by name, audited, and the keyring stays as it was', async () => {
      const stranger = createTestKey();
      const next = createTestKey();
      const revoked = createTestKey();
      await load(declared(current), declared(revoked));
      await load(declared(current), declared(revoked, { state: 'revoked' }));
      const foreign = createTestKey();
      const pins = { identity: OTHER_IDENTITY, sha256: 'ab'.repeat(32), notBefore: null, notAfter: null };
      expect(await pinIdentity(gateway.db, author, { ...pins, limits: null })).toMatchObject({ ok: true });
      const theirs = { purposes: ['telemetry'] as const, domain: null, state: 'active' as const };
      const validity = { notBefore: null, notAfter: null };
      const input = { ...theirs, ...validity, owner: OTHER_IDENTITY, kid: 'theirs', key: foreign.publicKey };
      expect(await importKey(gateway.db, author, input)).toMatchObject({ ok: true });
      const loaded = await keySet(current, [declared(current)]);
      expect((await post(exchange(federation, loaded, {}, { key: current }))).status).toBe(200);
      const version = JSON.parse(Buffer.from(loaded.split('.')[1] ?? '', 'base64url').toString()).version;
      const before = await keyring();

      const of = (changes: Partial<KeySet>) => keySet(current, [declared(current)], changes);
      const withKey = (...changes: Parameters<typeof declared>) =>
        keySet(current, [declared(current), declared(...changes)]);
      const small = Buffer.from([1, ...new Array<number>(31).fill(0)]).toString('base64url');
      const good = await withKey(next);
      const [head = '', body = ''] = good.split('.');
      const spelt = Buffer.from(body, 'base64url')
        .toString()
        .replace(Buffer.from(next.publicKey.raw).toString('base64url'), small);
      const unsigned = `${head}.${Buffer.from(spelt).toString('base64url')}`;
      const smallOrder = `${unsigned}.${Buffer.from(current.sign(Buffer.from(unsigned))).toString('base64url')}`;
      const cases: readonly (readonly [string, string, number, string, string])[] = [
        ['the same set again', loaded, 409, 'replay_detected', '/keys/version'],
        ['an older one', await of({ version: version - 1 }), 409, 'replay_detected', '/keys/version'],
        ['by a stranger', await keySet(stranger, [declared(stranger)]), 401, 'signature_invalid', '/keys'],
        [
          'another identity’s',
          await of({ issuer: OTHER_IDENTITY }),
          401,
          'signed_metadata_mismatch',
          '/keys/iss',
        ],
        [
          'of yesterday',
          await of({ issuedAt: nowSeconds() - 86_400 }),
          401,
          'timestamp_out_of_window',
          '/keys/iat',
        ],
        ['small order', smallOrder, 422, 'schema_invalid', '/keys/keys/1/x'],
        ['a revoked key', await withKey(revoked), 422, 'schema_invalid', '/keys/keys/1/state'],
        ['another owner’s key', await withKey(foreign), 403, 'key_domain_violation', '/keys/keys/1'],
        [
          'a feedback key',
          await withKey(next, { purposes: ['feedback'] }),
          422,
          'schema_invalid',
          '/keys/keys/1/purpose',
        ],
        [
          'the evidence key for more',
          await withKey(federation.evidence, { purposes: ['witness'] }),
          422,
          'schema_invalid',
          '/keys/keys/1/purpose',
        ],
        [
          'a taken name',
          await withKey(next, { kid: revoked.publicKey.kid }),
          422,
          'schema_invalid',
          '/keys/keys/1/kid',
        ],
        ['without its own key', await keySet(current, [declared(next)]), 422, 'schema_invalid', '/keys'],
      ];
      for (const [about, jws, status, code, path] of cases) {
        const received = await post(exchange(federation, jws, {}, { key: current }));
        expect([about, ...codeOf(received)]).toEqual([about, status, code, path]);
        const audited = await gateway.audit(received.json.request_id);
        expect([about, audited.map((row) => [row.action, row.code, row.actor])]).toEqual([
          about,
          [['key.exchange', code, IDENTITY]],
        ]);
      }
      const options = { key: current, nonce: newNonce() };
      const bytes = exchange(federation, await of({}), {}, options);
      expect((await post(bytes)).status).toBe(200);
      expect(codeOf(await post(bytes))[1]).toBe('replay_detected');
      expect(await keyring()).toEqual(before);
      expect((await post(telemetry(federation, {}, { key: current }))).status).toBe(202);
    });

    test('a key never covers more than its identity, or than the key that vouches for it', async () => {
      const identity = IDENTITY;
      const limited = { identity, tenants: [TENANT] };
      expect(await limitIdentity(gateway.db, author, limited)).toMatchObject({ ok: true });
      const [inherits, wider] = [createTestKey(), createTestKey()];
      const wide = await keySet(current, [
        declared(current),
        declared(wider, { tenants: [TENANT, OTHER_TENANT] }),
      ]);
      const refused = await post(exchange(federation, wide, {}, { key: current }));
      expect(codeOf(refused)).toEqual([403, 'key_domain_violation', '/keys/keys/1/tenants']);
      await load(declared(current), declared(inherits));
      expect(await rowOf(inherits)).toMatchObject({ domain: [TENANT] });
      expect(await limitIdentity(gateway.db, author, { identity, tenants: null })).toMatchObject({
        ok: true,
      });
      // The identity may speak for all again; the confined key may still not make one that does.
      const child = createTestKey();
      const wish = await keySet(inherits, [declared(inherits), declared(child, { tenants: [OTHER_TENANT] })]);
      const cross = await post(exchange(federation, wish, {}, { key: inherits }));
      expect(codeOf(cross)).toEqual([403, 'key_domain_violation', '/keys/keys/1/tenants']);
      const elsewhere = { operator_id: OTHER_OPERATOR, tenant_id: OTHER_TENANT };
      const mine = await keySet(inherits, [declared(inherits)]);
      const asked = await post(exchange(federation, mine, elsewhere, { key: inherits }));
      expect(codeOf(asked)[1]).toBe('key_domain_violation');
    });

    test('a key that was revoked here vouches for nothing, whatever it signed before', async () => {
      const next = createTestKey();
      const jws = await keySet(current, [declared(current), declared(next)]);
      const selector = { kid: current.publicKey.kid, owner: IDENTITY, purpose: 'telemetry' as const };
      expect(await moveKey(gateway.db, author, 'revoke', selector)).toMatchObject({ ok: true });
      const received = await post(exchange(federation, jws, {}, { key: current }));
      expect(codeOf(received)[1]).toBe('signature_invalid');
      expect(await rowOf(next)).toBeUndefined();
    });
  });
}
