import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { generateKeyFile, openSigner, type Signer } from '@nyxera/federation-key-custody';
import { verifyEd25519 } from '@nyxera/federation-protocol';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { type FollowedKey, type FollowedKeyNews, followActiveKey } from '../../src/keys/follow-active-key.ts';
import { adoptDeclaredKey, type OwnKey } from '../../src/keys/own-keys.ts';
import { prepareNextKey, switchKeys } from '../../src/keys/rotate-keys.ts';
import { openState, type State } from '../../src/state/open-state.ts';

const NOW = 1_900_000_000;
const directory = temporaryDirectory('agent-follow-key');
afterAll(() => directory.remove());

let runs = 0;
let state: State;
let first: Signer;
let news: FollowedKeyNews[];
let elapsedMs: number;
let followed: FollowedKey;

beforeEach(async () => {
  runs += 1;
  state = openState(join(directory.path, `state-${runs}`), { now: () => NOW * 1000 });
  const path = join(directory.path, `declared-${runs}.pem`);
  const key = await generateKeyFile(path);
  first = await opened(path);
  adopt({ purpose: 'telemetry', key, signerUri: path });
  news = [];
  elapsedMs = 0;
  followed = followActiveKey({
    state,
    first,
    open: (uri) => openSigner(uri),
    onNews: (one) => news.push(one),
    elapsed: () => elapsedMs,
  });
});
afterEach(async () => {
  await followed[Symbol.asyncDispose]();
  await first.close();
  state.close();
});

async function opened(path: string): Promise<Signer> {
  const signer = await openSigner(path);
  if (!signer.ok) throw new Error(signer.detail);
  return signer.value;
}

function adopt(declared: Parameters<typeof adoptDeclaredKey>[1]): void {
  state.transaction(() => adoptDeclaredKey(state.db, declared, NOW + 3600, NOW * 1000));
}

async function prepare(): Promise<OwnKey> {
  const random = Buffer.from([runs, 0, 0, 0, 0, 0, 0, Math.floor(elapsedMs / 1000)]);
  const parts = { purpose: 'telemetry', signerUri: null, signerOptions: {}, nowMs: NOW * 1000 } as const;
  const next = await prepareNextKey(state, { ...parts, random });
  if (!next.ok) throw new Error(next.detail);
  return next.value;
}

async function rotate(): Promise<OwnKey> {
  const next = await prepare();
  const places = { places: [], force: false, overlapSeconds: 3600, nowMs: NOW * 1000 };
  expect(switchKeys(state, next, places)).toBe(true);
  return next;
}

/** The kid of what signs after the next look, seen by a signature of its. */
async function signsNow(): Promise<string> {
  elapsedMs += 1000;
  const signer = await followed.current();
  const message = Buffer.from('message');
  const key = await signer.publicKey();
  expect(verifyEd25519(key, message, await signer.sign(message))).toBe(true);
  return signer.kid();
}

test('a run takes over what its key was rotated into, once more than once, and only when it signs', async () => {
  const began = await first.kid();
  await prepare();
  expect(await signsNow()).toBe(began);
  const second = await rotate();
  // Not looked at yet: the old key is taken by gateways meanwhile.
  expect(await (await followed.current()).kid()).toBe(began);
  expect(await signsNow()).toBe(second.kid);
  const third = await rotate();
  expect(await signsNow()).toBe(third.kid);
  expect(news).toEqual([
    { kind: 'taken', kid: second.kid },
    { kind: 'taken', kid: third.kid },
  ]);
});

test('requests that ask at once get one key, and what signed before is not closed under a request', async () => {
  const before = await followed.current();
  const next = await rotate();
  elapsedMs += 1000;
  const signers = await Promise.all(Array.from({ length: 8 }, () => followed.current()));
  expect(new Set(await Promise.all(signers.map((one) => one.kid())))).toEqual(new Set([next.kid]));
  expect(news).toHaveLength(1);
  expect(await before.sign(Buffer.from('under way'))).toHaveLength(64);
});

test('a key that somebody declared instead is not taken over by a run that began with another', async () => {
  const path = join(directory.path, `other-${runs}.pem`);
  adopt({ purpose: 'telemetry', key: await generateKeyFile(path), signerUri: path });
  expect(await signsNow()).toBe(await first.kid());
  expect(news).toEqual([]);
});

test('a next key that cannot be used is said once by its code, and the present one signs until it can', async () => {
  const next = await rotate();
  chmodSync(next.signerUri, 0o644);
  expect([await signsNow(), await signsNow()]).toEqual([await first.kid(), await first.kid()]);
  expect(news).toEqual([{ kind: 'refused', kid: next.kid, code: 'key_permissions' }]);
  chmodSync(next.signerUri, 0o600);
  expect(await signsNow()).toBe(next.kid);
});

test('another key under its name is none: key_mismatch', async () => {
  const next = await rotate();
  rmSync(next.signerUri);
  await generateKeyFile(next.signerUri);
  expect(await signsNow()).toBe(await first.kid());
  expect(news).toEqual([{ kind: 'refused', kid: next.kid, code: 'key_mismatch' }]);
});
