import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readRevocationLists, serialText } from '../src/index.ts';
import { type CertificateWorld, createCertificateWorld } from './world.ts';

const DAY_MS = 86_400_000;
let world: CertificateWorld;
let ca: X509Certificate;
beforeAll(async () => {
  world = await createCertificateWorld();
  ca = new X509Certificate(world.pki.caCertPem);
});
afterAll(() => world.remove());

const now = Date.now();
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const derOf = (pem: string): Uint8Array =>
  new Uint8Array(Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'));

describe('a revocation list', () => {
  test('names what is revoked, in PEM and in DER alike, and OpenSSL takes what is passed on', async () => {
    const { serialNumber } = new X509Certificate(world.client.certPem);
    const pem = await world.pki.crl({ revoked: [serialNumber, '00c0ffee'] });
    const fromPem = readRevocationLists(bytesOf(pem), [ca], now);
    expect(fromPem).toEqual(readRevocationLists(derOf(pem), [ca], now));
    expect(fromPem).toMatchObject({
      ok: true,
      value: [{ caSha256: world.pki.caSha256, revoked: [serialText(serialNumber), 'c0ffee'] }],
    });
    if (!fromPem.ok) throw new Error(fromPem.detail);
    expect(() => createSecureContext({ crl: fromPem.value.map((list) => list.pem) })).not.toThrow();
  });

  test('several in one file; one without entries revokes nobody', async () => {
    const both = (await world.pki.crl({ revoked: [] })) + (await world.stranger.crl({ revoked: ['01'] }));
    const read = readRevocationLists(bytesOf(both), [ca, new X509Certificate(world.stranger.caCertPem)], now);
    expect(read.ok && read.value.map(({ caSha256, revoked }) => [caSha256, revoked])).toEqual([
      [world.pki.caSha256, []],
      [world.stranger.caSha256, ['1']],
    ]);
  });

  test.each([
    [
      'crl_expired',
      { revoked: [], thisUpdate: new Date(now - 2 * DAY_MS), nextUpdate: new Date(now - DAY_MS) },
    ],
    [
      'crl_not_yet_valid',
      { revoked: [], thisUpdate: new Date(now + DAY_MS), nextUpdate: new Date(now + 2 * DAY_MS) },
    ],
  ])('%s', async (code, options) => {
    const pem = await world.pki.crl(options);
    expect(readRevocationLists(bytesOf(pem), [ca], now)).toMatchObject({ ok: false, code });
  });

  test('of a CA that is not trusted here, or of one with its name: crl_signature_invalid', async () => {
    const theirs = await world.stranger.crl({ revoked: [] });
    expect(readRevocationLists(bytesOf(theirs), [ca], now)).toMatchObject({ code: 'crl_signature_invalid' });
    expect(readRevocationLists(bytesOf('no list'), [ca], now)).toMatchObject({ code: 'crl_invalid' });
  });

  test('no byte of it can be another: it is refused, and nothing is thrown', async () => {
    const der = derOf(await world.pki.crl({ revoked: ['0123456789', 'ab'] }));
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
        const bytes = der.slice();
        bytes[at] = (bytes[at] ?? 0) ^ difference;
        expect(readRevocationLists(bytes, [ca], now).ok).toBe(false);
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        expect(readRevocationLists(Uint8Array.from([0x30, ...noise]), [ca], now).ok).toBe(false);
      }),
    );
    for (let length = 0; length < der.length; length += 1) {
      expect(readRevocationLists(der.slice(0, length), [ca], now).ok).toBe(false);
    }
  });
});
