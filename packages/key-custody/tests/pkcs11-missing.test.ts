import { describe, expect, jest, test } from '@jest/globals';

// As on a machine without a compiler: the optional package is not there.
jest.unstable_mockModule('pkcs11js', () => {
  throw new Error("Cannot find module './build/Release/pkcs11.node'");
});
const { openSigner } = await import('../src/index.ts');

describe('without pkcs11js', () => {
  test('a pkcs11: key is refused by name with what to do', async () => {
    const uri = 'pkcs11:token=main;object=k?module-path=/nowhere/p11.so&pin-source=/nowhere/pin';
    expect(await openSigner(uri)).toMatchObject({
      ok: false,
      code: 'key_invalid',
      detail: expect.stringMatching(/^pkcs11js_missing: the optional package pkcs11js .* install again/),
    });
  });
});
