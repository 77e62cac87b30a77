import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkPrivateKey, checkValidity, readCertificates } from '../src/index.ts';
import { type CertificateWorld, createCertificateWorld } from './world.ts';

let world: CertificateWorld;
beforeAll(async () => {
  world = await createCertificateWorld();
});
afterAll(() => world.remove());

const pem = { format: 'pem', type: 'pkcs8' } as const;

test('a pair that fits, and every sort of key that does not, by name', () => {
  const certificate = new X509Certificate(world.server.certPem);
  expect(checkPrivateKey(world.server.keyPem, certificate)).toMatchObject({ ok: true });
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const strange = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey;
  const codeOf = (text: string): string => {
    const checked = checkPrivateKey(text, certificate);
    return checked.ok ? 'ok' : checked.code;
  };
  expect(codeOf(world.client.keyPem)).toBe('key_mismatch');
  expect(codeOf(privateKey.export({ ...pem, cipher: 'aes-256-cbc', passphrase: 'x' }).toString())).toBe(
    'key_encrypted',
  );
  expect(codeOf(publicKey.export({ format: 'pem', type: 'spki' }).toString())).toBe('key_public');
  expect(codeOf(world.server.certPem)).toBe('key_public');
  expect(codeOf('nothing')).toBe('key_invalid');
  expect(codeOf(weak.export(pem).toString())).toBe('key_weak');
  expect(codeOf(strange.export(pem).toString())).toBe('key_weak');
  expect(codeOf(generateKeyPairSync('x25519').privateKey.export(pem).toString())).toBe('key_weak');
});

test('the validity of a certificate, its ends included', () => {
  const read = readCertificates(`${world.server.certPem}${world.pki.caCertPem}`);
  if (!read.ok) throw new Error(read.detail);
  expect(read.value).toHaveLength(2);
  const [leaf] = read.value;
  if (leaf === undefined) throw new Error('no leaf');
  const [from, until] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  expect(checkValidity(leaf, from)).toMatchObject({ ok: true });
  expect(checkValidity(leaf, from - 1)).toMatchObject({ code: 'certificate_not_yet_valid' });
  expect(checkValidity(leaf, until)).toMatchObject({ ok: true });
  expect(checkValidity(leaf, until + 1)).toMatchObject({ code: 'certificate_expired' });
  expect(readCertificates('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')).toMatchObject({
    code: 'certificate_invalid',
  });
  expect(readCertificates('')).toMatchObject({ code: 'certificate_invalid' });
});
