import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generateKeyFile, openSigner, type Signer } from '@nyxera/federation-key-custody';
import type { Ed25519PublicKey } from '@nyxera/federation-protocol';
import { type TemporaryDirectory, temporaryDirectory } from '@nyxera/federation-testing';
import { createFeedbackSigning, type FeedbackSigner } from '../../src/feedback/feedback-signing.ts';
import type { TrustedKey, TrustSnapshot } from '../../src/trust/trust-snapshot.ts';

const TENANT = '10000000-0000-4000-8000-00000000000a';
const LOGGER = { info: () => undefined, error: () => undefined };
const MESSAGE = new Uint8Array([1, 2, 3]);

let directory: TemporaryDirectory;
let uri: string;
let key: Ed25519PublicKey;
beforeAll(async () => {
  directory = temporaryDirectory('feedback-signing');
  uri = join(directory.path, 'own.key');
  key = await generateKeyFile(uri);
});
afterAll(() => directory.remove());

const trusting = (...keys: readonly TrustedKey[]) => ({ verifyKeys: () => keys }) as unknown as TrustSnapshot;
const own = (changes: Partial<TrustedKey> = {}): TrustedKey => ({
  kid: 'own',
  key,
  domain: new Set([TENANT]),
  state: 'active',
  signerUri: uri,
  ...changes,
});

/** Signers that were opened, and may be closed. */
function world(configured: FeedbackSigner | null = null) {
  const signers: Signer[] = [];
  const signing = createFeedbackSigning({
    configured,
    logger: LOGGER,
    open: async (from) => {
      const opened = await openSigner(from);
      if (opened.ok) signers.push(opened.value);
      return opened;
    },
  });
  return { signing, signers };
}

test('a signature under way is finished with a key that trust lets go, and the key is closed then', async () => {
  const { signing, signers } = world();
  await signing.follow(trusting(own()), 0);
  expect(signers).toHaveLength(1);
  const length = await signing.forTenant(TENANT, trusting(own()), 0, async (active) => {
    await signing.follow(trusting(), 0);
    return (await active?.signer.sign(MESSAGE))?.length;
  });
  expect(length).toBe(64);
  await expect(signers[0]?.sign(MESSAGE)).rejects.toMatchObject({ code: 'key_invalid' });
});

test('one that cannot be opened, or is another key, is tried again after a while, and by all who wait at once', async () => {
  const { signing, signers } = world();
  const path = join(directory.path, 'late.key');
  const trust = trusting(own({ signerUri: path, key: await generateKeyFile(`${path}.other`) }));
  const kidAt = (nowMs: number, from = trust) =>
    signing.forTenant(TENANT, from, nowMs, async (active) => active?.kid ?? null);
  expect(await kidAt(0)).toBeNull();
  const late = trusting(own({ signerUri: path, key: await generateKeyFile(path) }));
  expect(await kidAt(1000, late)).toBeNull();
  expect(await Promise.all([kidAt(6000, late), kidAt(6000, late), kidAt(6000, late)])).toEqual([
    'own',
    'own',
    'own',
  ]);
  expect(signers).toHaveLength(1);
  await signing[Symbol.asyncDispose]();
  await expect(signers[0]?.sign(MESSAGE)).rejects.toMatchObject({ code: 'key_invalid' });
});

test('a retiring key signs nothing, nor one of other tenants; the newest of several does', async () => {
  const { signing } = world();
  const kidOf = (...keys: readonly TrustedKey[]) =>
    signing.forTenant(TENANT, trusting(...keys), 0, async (active) => active?.kid ?? null);
  expect(await kidOf(own({ state: 'retiring' }))).toBeNull();
  expect(await kidOf(own({ domain: new Set(['other']) }))).toBeNull();
  expect(await kidOf(own({ kid: 'older' }), own({ kid: 'newer' }))).toBe('newer');
  expect(await kidOf(own({ kid: 'own' }), own({ kid: 'general', domain: null }))).toBe('own');
  expect(await kidOf(own({ kid: 'general', domain: null }))).toBe('general');
  expect(await signing.complaint(trusting(own()), 0)).toBeNull();
  await signing[Symbol.asyncDispose]();
});
