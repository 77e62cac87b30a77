import { randomBytes } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  canonicalizeCompat,
  type Ed25519PublicKey,
  type JsonValue,
  parseJwk,
  toJwk,
} from '@nyxera/federation-protocol';
import fc from 'fast-check';
import { signerContract } from '../src/contract.ts';
import {
  type DelegatedSigner,
  type DelegationOptions,
  delegateSigning,
  openSigner,
  type Signer,
  verifyEndorsement,
} from '../src/index.ts';
import { Workspace } from './support/key-files.ts';

const workspace = new Workspace();
afterAll(workspace.remove);
const NOW = 1_800_000_000;
const TENANT = '0b7e4a52-6a0f-4c8e-9a51-3f3f6f2b9c11';
let nowMs = NOW * 1000;
beforeEach(() => {
  nowMs = NOW * 1000;
});

async function newRoot(): Promise<Signer> {
  const opened = await openSigner(workspace.write(randomBytes(32)));
  if (!opened.ok) throw new Error(opened.detail);
  return opened.value;
}

async function delegate(root: Signer, change: Partial<DelegationOptions> = {}): Promise<DelegatedSigner> {
  const options = { purpose: 'telemetry', tenants: null, lifetimeSeconds: 3_600, now: () => nowMs } as const;
  const made = await delegateSigning(root, { ...options, ...change });
  if (!made.ok) throw new Error(made.detail);
  return made.value;
}

signerContract('delegated, in memory', async () => delegate(await newRoot()), { keyPerSigner: true });

describe('an endorsement', () => {
  test('says which key, for what, for whom and how long, and the key set says the same', async () => {
    const root = await newRoot();
    const signer = await delegate(root, { tenants: [TENANT] });
    const verified = verifyEndorsement(signer.endorsement, await root.publicKey(), NOW + 60);
    expect(verified).toEqual({
      ok: true,
      value: {
        endorser: await root.kid(),
        key: await signer.publicKey(),
        purpose: 'telemetry',
        tenants: [TENANT],
        issuedAt: NOW,
        notBefore: NOW,
        expires: NOW + 3_600,
      },
    });
    expect(parseJwk({ ...signer.jwk } as unknown as JsonValue)).toMatchObject({
      ok: true,
      value: {
        kid: await signer.kid(),
        purposes: ['telemetry'],
        tenants: [TENANT],
        notBefore: NOW,
        notAfter: NOW + 3_600,
      },
    });
    expect(await signer.kid()).not.toBe(await root.kid());
    expect(signer.capabilities.custodian).toBe('memory, endorsed by key file');
  });

  test('ends: the key stops signing before it, and a verifier refuses it from it', async () => {
    const root = await newRoot();
    const rootKey = await root.publicKey();
    const signer = await delegate(root, { lifetimeSeconds: 60 });
    const at = (second: number) => verifyEndorsement(signer.endorsement, rootKey, second);
    nowMs = (NOW + 29) * 1000;
    expect(await signer.health()).toEqual({ ok: true });
    nowMs = (NOW + 30) * 1000;
    await expect(signer.sign(new Uint8Array(3))).rejects.toMatchObject({ fault: 'delegation_expired' });
    expect(await signer.health()).toMatchObject({ ok: false });
    expect(at(NOW - 30)).toMatchObject({ ok: true });
    expect(at(NOW - 31)).toMatchObject({ ok: false, code: 'timestamp_out_of_window' });
    expect(at(NOW + 59)).toMatchObject({ ok: true });
    expect(at(NOW + 60)).toMatchObject({ ok: false, code: 'timestamp_out_of_window' });
  });

  test('a lifetime out of bounds, and a root that does not sign, are refused', async () => {
    const root = await newRoot();
    const options = { purpose: 'feedback', tenants: null, now: () => nowMs } as const;
    for (const lifetimeSeconds of [59, 86_401, 60.5, Number.NaN]) {
      expect(await delegateSigning(root, { ...options, lifetimeSeconds })).toMatchObject({
        ok: false,
        code: 'key_invalid',
      });
    }
    await root.close();
    expect(await delegateSigning(root, { ...options, lifetimeSeconds: 60 })).toMatchObject({
      ok: false,
      code: 'key_invalid',
    });
  });

  test('of another key, damaged in any place, or of anything else, is none', async () => {
    const root = await newRoot();
    const rootKey = await root.publicKey();
    const { endorsement } = await delegate(root);
    const refused = (text: string, key: Ed25519PublicKey = rootKey): void => {
      expect(verifyEndorsement(text, key, NOW)).toMatchObject({ ok: false, code: 'signature_invalid' });
    };
    refused(endorsement, await (await newRoot()).publicKey());
    fc.assert(
      fc.property(fc.nat(endorsement.length - 1), fc.constantFrom(...'Aa0-_.='), (at, character) => {
        fc.pre(endorsement[at] !== character);
        refused(endorsement.slice(0, at) + character + endorsement.slice(at + 1));
      }),
      { numRuns: 300 },
    );
    fc.assert(fc.property(fc.string(), (text) => refused(text)));
    for (const text of [`${endorsement}.`, `${endorsement}\n`, endorsement.slice(0, -1), 'x'.repeat(9_000)])
      refused(text);
  });

  test('what the root signs, but is no endorsement, is none', async () => {
    const root = await newRoot();
    const rootKey = await root.publicKey();
    const kid = await root.kid();
    const other = await (await newRoot()).publicKey();
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: toJwk(other).x };
    const good = { exp: NOW + 60, iat: NOW, iss: kid, jwk, nbf: NOW, purpose: 'telemetry', tenants: null };
    const signed = async (
      payload: unknown,
      header: object = { alg: 'EdDSA', kid, typ: 'nyxera-endorsement+jwt' },
    ) => {
      const part = (value: unknown): string =>
        Buffer.from(typeof value === 'string' ? value : canonicalizeCompat(value as JsonValue)).toString(
          'base64url',
        );
      const input = `${part(header)}.${part(payload)}`;
      const signature = await root.sign(new TextEncoder().encode(input));
      return verifyEndorsement(`${input}.${Buffer.from(signature).toString('base64url')}`, rootKey, NOW);
    };
    expect(await signed(good)).toMatchObject({ ok: true });
    const { purpose: _, ...withoutPurpose } = good;
    const cases: readonly (readonly [unknown, string])[] = [
      [{ ...good, exp: NOW + 86_401 }, 'key_invalid'],
      [{ ...good, exp: NOW }, 'key_invalid'],
      [{ ...good, jwk: { ...jwk, x: toJwk(rootKey).x } }, 'key_invalid'],
      [{ ...good, jwk: { ...jwk, x: 'A'.repeat(43) } }, 'key_invalid'],
      [{ ...good, jwk: { ...jwk, d: 'AA' } }, 'key_invalid'],
      [{ ...good, iss: other.kid }, 'signature_invalid'],
      [{ ...good, purpose: 'everything' }, 'signature_invalid'],
      [{ ...good, tenants: [] }, 'signature_invalid'],
      [{ ...good, tenants: [1] }, 'signature_invalid'],
      [{ ...good, nbf: -1 }, 'signature_invalid'],
      [{ ...good, more: 1 }, 'signature_invalid'],
      [withoutPurpose, 'signature_invalid'],
      [[good], 'signature_invalid'],
      ['{"exp":1,"exp":2}', 'signature_invalid'],
      ['', 'signature_invalid'],
    ];
    for (const [payload, code] of cases)
      expect([payload, await signed(payload)]).toMatchObject([payload, { ok: false, code }]);
    for (const header of [
      { alg: 'none', kid, typ: 'nyxera-endorsement+jwt' },
      { alg: 'EdDSA', kid, typ: 'nyxera-keys+jwt' },
      { alg: 'EdDSA', kid, typ: 'nyxera-endorsement+jwt', crit: [] },
    ]) {
      expect(await signed(good, header)).toMatchObject({ ok: false, code: 'signature_invalid' });
    }
  });
});
