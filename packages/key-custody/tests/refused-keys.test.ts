import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Rejection } from '@nyxera/federation-protocol';
import { notationsOf } from '../src/contract.ts';
import { openSigner } from '../src/index.ts';
import { parsePrivateKey } from '../src/parse-private-key.ts';
import {
  openSsh,
  openSshPem,
  pem,
  pkcs8,
  pkcs8WithPublicKey,
  publicKeyOf,
  Workspace,
} from './support/key-files.ts';

const workspace = new Workspace();
afterAll(workspace.remove);

const SEED = createHash('sha256').update('a seed that no error may show').digest();
const PUBLIC = publicKeyOf(SEED);
const OTHER = publicKeyOf(createHash('sha256').update('another').digest());

/** Opens a file with this content; it has to be refused, without a byte of the seed in the answer. */
async function refusal(content: Uint8Array | string, mode = 0o600): Promise<Rejection> {
  const path = workspace.write(content, mode);
  const result = await openSigner(path);
  if (result.ok) throw new Error('the key was accepted');
  expect(result.detail).toContain(JSON.stringify(path));
  for (const notation of notationsOf(SEED)) expect(JSON.stringify(result)).not.toContain(notation);
  return result;
}

describe('what is not an Ed25519 private key is named', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const asPem = (type: 'pkcs8' | 'pkcs1' | 'sec1') => ({ format: 'pem' as const, type });

  test.each<[string, Uint8Array | string, RegExp]>([
    ['RSA, PKCS#8', rsa.privateKey.export(asPem('pkcs8')), /of the type RSA; only Ed25519/],
    ['RSA, PKCS#1', rsa.privateKey.export({ format: 'pem', type: 'pkcs1' }), /of the type RSA/],
    ['EC, PKCS#8', ec.privateKey.export(asPem('pkcs8')), /of the type EC;/],
    ['EC, SEC 1', ec.privateKey.export({ format: 'pem', type: 'sec1' }), /of the type EC;/],
    ['X25519', generateKeyPairSync('x25519').privateKey.export(asPem('pkcs8')), /of the type X25519/],
    ['Ed448', generateKeyPairSync('ed448').privateKey.export(asPem('pkcs8')), /of the type Ed448/],
    ['a public key', rsa.publicKey.export({ format: 'pem', type: 'spki' }), /holds a public key/],
    [
      'an Ed25519 public key',
      generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }),
      /a public key/,
    ],
    ['a certificate', pem('CERTIFICATE', Buffer.from('3000', 'hex')), /holds a certificate/],
    ['another PEM label', pem('NEW SECRET', SEED), /PEM block of another kind/],
    [
      'encrypted PKCS#8',
      generateKeyPairSync('ed25519').privateKey.export({
        ...asPem('pkcs8'),
        cipher: 'aes-256-cbc',
        passphrase: 'x',
      }),
      /encrypted with a passphrase/,
    ],
    [
      'encrypted traditional PEM',
      rsa.privateKey.export({ format: 'pem', type: 'pkcs1', cipher: 'aes-256-cbc', passphrase: 'x' }),
      /encrypted with a passphrase/,
    ],
    [
      'encrypted OpenSSH',
      openSshPem(SEED, { cipher: 'aes256-ctr', kdf: 'bcrypt' }),
      /encrypted with a passphrase/,
    ],
    ['an OpenSSH RSA key', openSshPem(SEED, { type: 'ssh-rsa' }), /of the type ssh-rsa/],
    [
      'an OpenSSH key of a strange type',
      openSshPem(SEED, { type: SEED.toString('hex') }),
      /of the type unknown/,
    ],
    ['hex text', `${SEED.toString('hex')}\n`, /as hex or base64 text/],
    ['base64 text', SEED.toString('base64'), /as hex or base64 text/],
    ['base64url text', SEED.toString('base64url'), /as hex or base64 text/],
    ['a seed and a newline', Buffer.concat([SEED, Buffer.from('\n')]), /no newline after it/],
    ['31 bytes', SEED.subarray(0, 31), /no known format/],
    ['64 bytes', Buffer.concat([SEED, PUBLIC]), /holds 64 bytes/],
    ['bare DER', pkcs8(SEED), /no known format/],
    ['an ssh public key', `ssh-ed25519 ${Buffer.from(PUBLIC).toString('base64')} a@b\n`, /no known format/],
  ])('%s', async (_name, content, detail) => {
    expect(await refusal(content)).toMatchObject({
      code: 'key_invalid',
      detail: expect.stringMatching(detail),
    });
  });

  test.each<[string, Uint8Array | string, RegExp]>([
    ['an all-zero seed', new Uint8Array(32), /placeholder/],
    ['an all-zero seed in PKCS#8', pem('PRIVATE KEY', pkcs8(new Uint8Array(32))), /placeholder/],
    ['an all-zero seed in OpenSSH', openSshPem(new Uint8Array(32)), /placeholder/],
    ['a public key of another seed', pem('PRIVATE KEY', pkcs8WithPublicKey(SEED, OTHER)), /does not belong/],
    [
      'an OpenSSH key that claims another throughout',
      openSshPem(SEED, { outerPublicKey: OTHER, innerPublicKey: OTHER, pairPublicKey: OTHER }),
      /does not belong/,
    ],
  ])('%s', async (_name, content, detail) => {
    expect(await refusal(content)).toMatchObject({
      code: 'key_invalid',
      detail: expect.stringMatching(detail),
    });
  });
});

describe('damaged files', () => {
  const good = pem('PRIVATE KEY', pkcs8(SEED));

  test.each<[string, string, RegExp]>([
    ['cut off', good.slice(0, 80), /has no end/],
    ['two keys', good + good, /something after its first PEM block/],
    ['text before', `comment\n${good}`, /remove what stands before it/],
    ['text after', `${good}comment`, /something after/],
    ['a stray character', good.replace('MC4', 'MC4*'), /not base64/],
    ['missing padding', good.replace(/.\n-----END/, '\n-----END'), /not base64/],
    ['another label at the end', good.replace('END PRIVATE', 'END PUBLIC'), /has no end/],
    ['nothing in it', '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n', /not base64/],
  ])('PEM: %s', async (_name, content, detail) => {
    expect(await refusal(content)).toMatchObject({
      code: 'key_invalid',
      detail: expect.stringMatching(detail),
    });
  });

  const [seedHex, publicHex] = [SEED.toString('hex'), Buffer.from(PUBLIC).toString('hex')];
  const withPublic = `020101300506032b657004220420${seedHex}8121`;
  test.each([
    ['parameters in the algorithm', `3030020100300706032b6570050004220420${seedHex}`],
    ['something after the seed in its wrapper', `3030020100300506032b657004240420${seedHex}0500`],
    ['a wrapper around something else', `302e020100300506032b657004220320${seedHex}`],
    ['a version that nobody knows', `302e020102300506032b657004220420${seedHex}`],
    ['a public key in version 0', `3051020100300506032b657004220420${seedHex}812100${publicHex}`],
    ['unused bits in the public key', `3051${withPublic}01${publicHex}`],
    ['something after the public key', `3053${withPublic}00${publicHex}0500`],
    ['two sets of attributes', `3032020101300506032b657004220420${seedHex}a000a000`],
    ['an element of another kind', `3030020100300506032b657004220420${seedHex}0500`],
  ])('PKCS#8: %s', async (_name, hex) => {
    const content = pem('PRIVATE KEY', Buffer.from(hex, 'hex'));
    expect(await refusal(content)).toMatchObject({ detail: expect.stringMatching(/is damaged: its PKCS#8/) });
  });

  test.each<[string, Parameters<typeof openSsh>[1]]>([
    ['check words differ', { checks: [1, 2] }],
    ['the outer public key differs', { outerPublicKey: OTHER }],
    ['the inner public key differs', { innerPublicKey: OTHER }],
    ['the pair’s public key differs', { pairPublicKey: OTHER }],
    ['padding that does not count', { comment: '', padding: [1, 2, 3, 4, 9, 6] }],
    ['a block too much of padding', { comment: 'x'.repeat(5), padding: [1, 2, 3, 4, 5, 6, 7, 8] }],
    ['padding that misses the block', { comment: '', padding: [1] }],
    ['KDF options without a KDF', { kdfOptions: new Uint8Array(4) }],
    ['something after the end', { trailing: new Uint8Array(1) }],
    ['a short public key', { outerPublicKey: PUBLIC.subarray(1), innerPublicKey: PUBLIC.subarray(1) }],
  ])('OpenSSH: %s', async (_name, parts) => {
    expect(await refusal(openSshPem(SEED, parts))).toMatchObject({
      detail: expect.stringMatching(/is damaged/),
    });
  });

  test('OpenSSH: no key, and two keys', async () => {
    for (const keys of [0, 2, 0xffffffff]) {
      expect(await refusal(openSshPem(SEED, { keys }))).toMatchObject({
        detail: expect.stringMatching(/one/),
      });
    }
  });

  test('every truncation and every extension of each structure is refused', () => {
    const structures: [string, Uint8Array][] = [
      ['PRIVATE KEY', pkcs8(SEED)],
      ['PRIVATE KEY', pkcs8WithPublicKey(SEED, PUBLIC)],
      ['OPENSSH PRIVATE KEY', openSsh(SEED)],
    ];
    for (const [label, bytes] of structures) {
      for (let length = 0; length < bytes.length; length += 1) {
        expect(parsePrivateKey(Buffer.from(pem(label, bytes.subarray(0, length))))).toHaveProperty('fault');
      }
      const longer = Buffer.concat([bytes, new Uint8Array(1)]);
      expect(parsePrivateKey(Buffer.from(pem(label, longer)))).toHaveProperty('fault');
    }
  });

  test('no flipped bit in an OpenSSH key gives another key', () => {
    const bytes = openSsh(SEED);
    let survived = 0;
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Uint8Array.from(bytes);
      flipped.set([(flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))], bit >> 3);
      const key = parsePrivateKey(Buffer.from(pem('OPENSSH PRIVATE KEY', flipped)));
      if ('fault' in key) continue;
      survived += 1;
      // Only the seed (caught when the public key is derived) and the comment are free of redundancy here.
      const sameSeed = Buffer.compare(key.seed, SEED) === 0;
      const caughtLater = Buffer.compare(publicKeyOf(key.seed), key.claimedPublicKey ?? PUBLIC) !== 0;
      expect(sameSeed || caughtLater).toBe(true);
    }
    expect(survived).toBe((32 + 'key@test'.length) * 8);
  });

  test('arbitrary bytes behind every label are refused, never thrown over', () => {
    for (let seed = 0; seed < 3_000; seed += 1) {
      const noise = createHash('sha512').update(String(seed)).digest();
      for (const label of ['PRIVATE KEY', 'OPENSSH PRIVATE KEY']) {
        expect(parsePrivateKey(Buffer.from(pem(label, noise)))).toHaveProperty('fault');
      }
    }
  });
});

describe('a key given where its path belongs', () => {
  test.each([
    ['PEM', pem('PRIVATE KEY', pkcs8(SEED))],
    ['OpenSSH', openSshPem(SEED)],
    ['base64', SEED.toString('base64')],
    ['base64url', SEED.toString('base64url')],
    ['hex', SEED.toString('hex')],
    ['base64 of PKCS#8', Buffer.from(pkcs8(SEED)).toString('base64')],
    ['base64 of PKCS#8 v1', Buffer.from(pkcs8WithPublicKey(SEED, PUBLIC)).toString('base64')],
    ['base64 of OpenSSH', Buffer.from(openSsh(SEED)).toString('base64')],
    ['file: and base64', `file:${SEED.toString('base64')}`],
  ])('%s is refused and not shown', async (_name, uri) => {
    const result = await openSigner(uri);
    expect(result).toMatchObject({
      ok: false,
      code: 'key_invalid',
      detail: expect.stringMatching(/not shown/),
    });
    for (const notation of notationsOf(SEED)) expect(JSON.stringify(result)).not.toContain(notation);
  });
});

describe('keys of other tools', () => {
  const tool = (name: string): boolean => {
    try {
      execFileSync('which', [name], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };

  (tool('ssh-keygen') ? test : test.skip)(
    'ssh-keygen: plain opens, with a passphrase is refused by name',
    async () => {
      const plain = `${workspace.path}/ssh-plain`;
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'agent key', '-f', plain]);
      const opened = await openSigner(plain);
      if (!opened.ok) throw new Error(opened.detail);
      const printed =
        execFileSync('ssh-keygen', ['-y', '-f', plain], { encoding: 'utf8' }).split(' ')[1] ?? '';
      const raw = Buffer.from(printed, 'base64').subarray(-32);
      expect(Buffer.from((await opened.value.publicKey()).raw)).toEqual(raw);

      const locked = `${workspace.path}/ssh-locked`;
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'passphrase', '-f', locked]);
      expect(await openSigner(locked)).toMatchObject({
        detail: expect.stringMatching(/encrypted with a passphrase/),
      });
    },
  );

  (tool('openssl') ? test : test.skip)('openssl genpkey opens and signs what openssl verifies', async () => {
    const path = `${workspace.path}/openssl-key`;
    execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', path], { stdio: 'ignore' });
    execFileSync('chmod', ['600', path]);
    expect((await openSigner(path)).ok).toBe(true);
  });
});
