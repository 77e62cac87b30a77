import { describe, expect, test } from '@jest/globals';
import { feedbackKeyring } from '../../src/trust/feedback-keyring.ts';
import type { TrustedKey } from '../../src/trust/trusted-keys.ts';
import { feedbackKey } from '../feedback/sign-answer.ts';

const NOW = 1_800_000_000;
const TENANT = '10000000-0000-0000-0000-00000000000A';
const [one, two, three] = [feedbackKey('k'), feedbackKey('k'), feedbackKey('k')];

function trusted(more: Partial<TrustedKey>): TrustedKey {
  return {
    tenantId: TENANT.toLowerCase(),
    kid: 'k',
    key: one.publicKey,
    purpose: 'feedback',
    state: 'active',
    notBefore: null,
    notAfter: null,
    source: 'test',
    ...more,
  };
}

const declared = [{ kid: 'k', key: three.publicKey }];
const find = (entries: readonly TrustedKey[], environment = declared) =>
  feedbackKeyring(TENANT, environment, entries, NOW)('k')?.toBase64() ?? null;

describe('the keyring of a tenant', () => {
  test('the most specific entry decides: the tenant’s, then everybody’s, then the environment', () => {
    const everybody = trusted({ tenantId: '*', key: two.publicKey });
    expect(find([everybody, trusted({})])).toBe(one.publicKey.toBase64());
    expect(find([trusted({}), everybody])).toBe(one.publicKey.toBase64());
    expect(find([everybody])).toBe(two.publicKey.toBase64());
    expect(find([])).toBe(three.publicKey.toBase64());
    expect(find([], [])).toBeNull();
    expect(find([trusted({ tenantId: 'ffffffff-0000-0000-0000-00000000000a' })])).toBe(
      three.publicKey.toBase64(),
    );
  });

  test.each<[string, Partial<TrustedKey>, boolean]>([
    ['active', {}, true],
    ['retiring', { state: 'retiring' }, true],
    ['pending', { state: 'pending' }, false],
    ['revoked', { state: 'revoked' }, false],
    ['from now on', { notBefore: NOW }, true],
    ['not yet', { notBefore: NOW + 1 }, false],
    ['until the next second', { notAfter: NOW + 1 }, true],
    ['until now', { notAfter: NOW }, false],
  ])('%s', (_name, more, verifies) => {
    expect(find([trusted(more)]) !== null).toBe(verifies);
  });

  test('a key that was revoked anywhere verifies nothing, under no name, also not from the environment', () => {
    const gone = trusted({ tenantId: '*', kid: 'old-name', key: three.publicKey, state: 'revoked' });
    expect(find([gone])).toBeNull();
    expect(find([gone, trusted({ key: three.publicKey })])).toBeNull();
  });
});
