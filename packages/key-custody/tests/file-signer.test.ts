import { createHash, createPrivateKey, sign as cryptoSign, generateKeyPairSync } from 'node:crypto';
import { afterAll, describe, expect, test } from '@jest/globals';
import { verifyEd25519, verifyEd25519Portable } from '@nyxera/federation-protocol';
import fc from 'fast-check';
import { signerContract } from '../src/contract.ts';
import { openSigner, type Signer } from '../src/index.ts';
import { openSshPem, pem, pkcs8, pkcs8WithPublicKey, publicKeyOf, Workspace } from './support/key-files.ts';

const workspace = new Workspace();
afterAll(workspace.remove);

/** Every way in which one seed may lie in a file. */
function everyFormat(seed: Uint8Array): Readonly<Record<string, Uint8Array | string>> {
  const publicKey = publicKeyOf(seed);
  return {
    'PKCS#8 PEM': pem('PRIVATE KEY', pkcs8(seed)),
    'PKCS#8 PEM with public key': pem('PRIVATE KEY', pkcs8WithPublicKey(seed, publicKey)),
    'PKCS#8 PEM with attributes and public key': pem(
      'PRIVATE KEY',
      pkcs8WithPublicKey(seed, publicKey, true),
    ),
    'PKCS#8 PEM with CRLF and blank lines around': `\n${pem('PRIVATE KEY', pkcs8(seed)).replaceAll('\n', '\r\n')}\n`,
    '32 raw bytes': seed,
    OpenSSH: openSshPem(seed),
    'OpenSSH without a comment': openSshPem(seed, { comment: '' }),
    'OpenSSH without padding': openSshPem(seed, { comment: 'x'.repeat(5) }),
  };
}

async function opened(uri: string): Promise<Signer> {
  const result = await openSigner(uri);
  if (!result.ok) throw new Error(result.detail);
  return result.value;
}

const SEED = createHash('sha256').update('a seed of this test file').digest();
for (const [n, [format, content]] of Object.entries(everyFormat(SEED)).entries()) {
  const path = workspace.write(content);
  // Of one seed it is one signer, whatever the file was: the lengths up to 9 MiB are tried with the first.
  const lengths = n === 0 ? {} : { lengths: [0, 1, 64, 1_048_576 + 140] };
  signerContract(`file, ${format}`, () => opened(path), { seed: SEED, ...lengths });
}

describe('one seed', () => {
  test('signs the same RFC 8032 bytes from every format, and the protocol verifies them', async () => {
    const seeds = fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .filter((seed) => seed.some((byte) => byte !== 0));
    await fc.assert(
      fc.asyncProperty(seeds, fc.uint8Array({ maxLength: 300 }), async (seed, message) => {
        const key = createPrivateKey({ key: Buffer.from(pkcs8(seed)), format: 'der', type: 'pkcs8' });
        const expected = cryptoSign(null, message, key).toString('hex');
        // In software once for all formats: below, each is held to have this very key and this very signature.
        let portable: boolean | null = null;
        for (const content of Object.values(everyFormat(seed))) {
          const signer = await opened(workspace.write(content));
          const signature = await signer.sign(message);
          const publicKey = await signer.publicKey();
          expect(Buffer.from(signature).toString('hex')).toBe(expected);
          expect(Buffer.from(publicKey.raw)).toEqual(Buffer.from(publicKeyOf(seed)));
          expect(verifyEd25519(publicKey, message, signature)).toBe(true);
          portable ??= verifyEd25519Portable(publicKey, message, signature);
          expect(portable).toBe(true);
          await signer.close();
        }
      }),
      { numRuns: 25, seed: 8032 },
    );
  });

  // RFC 8032 section 7.1, tests 1 to 3 and SHA(abc).
  test.each([
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
  ])('signs as RFC 8032 prints it (%#)', async (seed, message, signature) => {
    const signer = await opened(workspace.write(Buffer.from(seed, 'hex')));
    const made = await signer.sign(Buffer.from(message, 'hex'));
    expect(Buffer.from(made).toString('hex')).toBe(signature);
  });

  test('a file that node:crypto exported opens', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const signer = await opened(
      workspace.write(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()),
    );
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    expect(Buffer.from((await signer.publicKey()).raw)).toEqual(Buffer.from(raw));
  });
});

describe('URIs', () => {
  test('a plain path, file:path and file:///path are the same file', async () => {
    const path = workspace.write(SEED);
    for (const uri of [path, `file:${path}`, `file://${path}`, `file://localhost${path}`]) {
      expect(await (await opened(uri)).kid()).toBe(await (await opened(path)).kid());
    }
  });

  test('file: without slashes is literal, file:/// is percent-decoded', async () => {
    const { renameSync } = await import('node:fs');
    const path = `${workspace.path}/100%25 sure`;
    renameSync(workspace.write(SEED), path);
    expect((await openSigner(`file:${path}`)).ok).toBe(true);
    expect((await openSigner(`file://${path}`)).ok).toBe(false);
    expect((await openSigner(`file://${encodeURI(path)}`)).ok).toBe(true);
  });

  test.each([
    ['pkcs11:token=main;object=k?pin-value=123456', /pin-value is not accepted/],
    ['vault:transit/keys/feedback?token=hvs.secret', /a token or secret id is not accepted/],
    ['PKCS11:token=x', /module-path must be/],
    ['awskms:key', /no signer has this URI scheme/],
    ['', /no key is named/],
    ['  ', /no key is named/],
    ['file:', /names no path/],
    ['file://other.host/key', /names no local path/],
  ])('%s is refused', async (uri, detail) => {
    const result = await openSigner(uri);
    expect(result).toMatchObject({ ok: false, code: 'key_invalid', detail: expect.stringMatching(detail) });
    expect(JSON.stringify(result)).not.toMatch(/123456|hvs\.secret/);
  });
});
