import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseVaultUri } from '../src/vault/vault-uri.ts';

const BASE = 'vault:transit/keys/feedback?address=https://vault.example:8200';

describe('a vault: URI', () => {
  test('is read', () => {
    const uri =
      'vault:teams/red/transit/keys/feedback-1?address=https%3A%2F%2Fvault.example%3A8200&version=3' +
      '&role-id=r&secret-id-file=/run/secret&auth-mount=teams/approle&namespace=ns1/ns2/&ca-file=/etc/ca.pem' +
      '&max-input=786432&timeout-seconds=5';
    expect(parseVaultUri(uri)).toEqual({
      ok: true,
      value: {
        mount: 'teams/red/transit',
        keyName: 'feedback-1',
        keyVersion: 3,
        address: new URL('https://vault.example:8200'),
        auth: { kind: 'approle', mount: 'teams/approle', roleId: 'r', secretIdFile: '/run/secret' },
        namespace: 'ns1/ns2',
        caFile: '/etc/ca.pem',
        maxInputBytes: 786_432,
        timeoutMs: 5_000,
      },
    });
    expect(parseVaultUri(`${BASE}&token-file=/run/token&version=latest`)).toMatchObject({
      ok: true,
      value: {
        auth: { kind: 'token', tokenFile: '/run/token' },
        keyVersion: null,
        namespace: null,
        timeoutMs: 10_000,
      },
    });
    for (const host of ['127.0.0.1', '127.8.8.8', 'localhost', '[::1]']) {
      const loopback = `vault:transit/keys/k?address=http://${host}:8200&token-file=/t`;
      expect(parseVaultUri(loopback)).toMatchObject({ ok: true });
    }
  });

  test.each([
    [`${BASE}&token=SECRET99`, /a token or secret id is not accepted/],
    [`${BASE}&role-id=r&secret-id=SECRET99`, /a token or secret id is not accepted/],
    [`${BASE}&SECRET99=x&token-file=/t`, /a parameter is not supported/],
    [`${BASE}&token-file=SECRET99`, /token-file must be an absolute path/],
    [BASE, /needs either token-file, or role-id and secret-id-file/],
    [`${BASE}&token-file=/t&role-id=r`, /needs either/],
    [`${BASE}&role-id=r`, /needs either/],
    [`${BASE}&token-file=/t&token-file=/t`, /given twice/],
    [`${BASE}&token-file=`, /empty or wrongly encoded/],
    [`${BASE}&token-file=/t%0d%0aX: y`, /empty or wrongly encoded/],
    [`${BASE}&token-file=/t&namespace=../SECRET99`, /namespace must be a path/],
    [`${BASE}&token-file=/t&version=0`, /version must be latest or a number/],
    [`${BASE}&token-file=/t&max-input=x`, /max-input/],
    [`${BASE}&token-file=/t&timeout-seconds=999`, /timeout-seconds must be 1 to 120/],
    [`${BASE}&token-file=/t&ca-file=ca.pem`, /ca-file must be an absolute path/],
    [`${BASE}&role-id=r&secret-id-file=/s&auth-mount=a/..`, /auth-mount must be a path/],
    ['vault:transit/keys/k?token-file=/t', /address must be the URL/],
    ['vault:transit/keys/k?address=http://vault.example:8200&token-file=/t', /must be https:/],
    ['vault:transit/keys/k?address=http://127.0.0.1.evil.example&token-file=/t', /must be https:/],
    [
      'vault:transit/keys/k?address=https://u:SECRET99@vault.example&token-file=/t',
      /HOST:PORT and nothing more/,
    ],
    ['vault:transit/keys/k?address=https://vault.example/v1&token-file=/t', /HOST:PORT and nothing more/],
    ['vault:transit/k?address=https://vault.example&token-file=/t', /must begin MOUNT\/keys\/NAME/],
    ['vault:transit/keys/..?address=https://vault.example&token-file=/t', /must begin MOUNT\/keys\/NAME/],
    ['vault:../sys/keys/k?address=https://vault.example&token-file=/t', /must begin MOUNT\/keys\/NAME/],
    ['vault:transit/keys/k.?address=https://vault.example&token-file=/t', /must begin MOUNT\/keys\/NAME/],
    ['vault:?', /must begin MOUNT\/keys\/NAME/],
  ])('%s is refused', (uri, detail) => {
    const result = parseVaultUri(uri);
    expect(result).toMatchObject({ ok: false, code: 'key_invalid', detail: expect.stringMatching(detail) });
    expect(JSON.stringify(result)).not.toContain('SECRET99');
  });

  test('whatever stands in it, nothing is thrown, no value is repeated, and no path climbs', () => {
    const name = fc.constantFrom(
      'token',
      'secret-id',
      'token-file',
      'namespace',
      'address',
      'role',
      'ca-file',
      '',
    );
    fc.assert(
      fc.property(fc.string(), fc.stringMatching(/^[A-Z0-9]{8,20}$/), name, (junk, secret, parameter) => {
        const result = parseVaultUri(`${BASE}&${parameter}=${secret}&${junk}`);
        if (!result.ok) expect(result.detail).not.toContain(secret);
        const path = parseVaultUri(`vault:${junk}?address=https://v.example&token-file=/t`);
        if (path.ok)
          expect(`/${path.value.mount}/${path.value.keyName}/`).not.toMatch(/\/\.*\/|[^A-Za-z0-9._/-]/);
      }),
      { numRuns: 500, seed: 8200 },
    );
  });
});
