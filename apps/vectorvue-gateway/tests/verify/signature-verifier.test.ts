import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Ed25519PublicKey, importPublicKey } from '@nyxera/federation-protocol';
import { createVerifier, type SignatureVerifier } from '../../src/verify/signature-verifier.ts';
import { Questions } from '../../src/verify/verify-questions.ts';

interface Pair {
  readonly key: Ed25519PublicKey;
  sign(message: Uint8Array): Uint8Array;
}

function makePair(): Pair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url');
  const key = importPublicKey(raw);
  if (!key.ok) throw new Error(key.detail);
  return { key: key.value, sign: (message) => sign(null, message, privateKey) };
}

const faults: string[] = [];
const logger = { error: (event: string) => void faults.push(event) };
let verifier: SignatureVerifier;
afterEach(() => verifier.close());

describe.each([
  ['on the event loop', 0],
  ['on one thread', 1],
  ['on two threads', 2],
])('signatures %s', (_name, threads) => {
  test('are each decided for themselves, however many wait at once', async () => {
    verifier = createVerifier(threads, logger);
    const pairs = [makePair(), makePair(), makePair()];
    const asked = Array.from({ length: 400 }, (_, index) => {
      const pair = pairs[index % pairs.length] as Pair;
      const message = randomBytes(index % 7 === 0 ? 0 : 1 + (index % 3000));
      const signature = Buffer.from(pair.sign(message));
      const wrong = index % 5;
      if (wrong === 1) signature[index % 64] = (signature[index % 64] ?? 0) ^ 1;
      const key = wrong === 2 ? (pairs[(index + 1) % pairs.length] as Pair).key : pair.key;
      const shown = wrong === 3 ? Buffer.concat([message, Buffer.of(0)]) : message;
      return { key, shown, signature, valid: wrong === 0 || wrong === 4 };
    });
    const answers = await Promise.all(
      asked.map(({ key, shown, signature }) => verifier.verify(key, [shown], signature)),
    );
    expect(answers).toEqual(asked.map(({ valid }) => valid));
  });

  test('of another length are none', async () => {
    verifier = createVerifier(threads, logger);
    const { key, sign: signWith } = makePair();
    const message = randomBytes(10);
    const signature = signWith(message);
    const cut = [0, 63].map((length) => verifier.verify(key, [message], signature.subarray(0, length)));
    const longer = verifier.verify(key, [message], Buffer.concat([signature, Buffer.of(0)]));
    expect(await Promise.all([...cut, longer])).toEqual([false, false, false]);
  });

  test('are decided also while it is being closed, and after', async () => {
    verifier = createVerifier(threads, logger);
    const { key, sign: signWith } = makePair();
    const messages = Array.from({ length: 200 }, () => randomBytes(100));
    const answers = messages.map((message) => verifier.verify(key, [message], signWith(message)));
    const closed = verifier.close();
    const forged = verifier.verify(key, [randomBytes(100)], signWith(randomBytes(100)));
    expect(await Promise.all(answers)).toEqual(messages.map(() => true));
    expect(await forged).toBe(false);
    await closed;
  });
});

/** A message that cannot be unpacked is not what the gateway sends; it is the only way to break a thread from outside. */
async function withBrokenThreads(broken: number, work: () => Promise<void>): Promise<number> {
  const asked = new Set<Worker>();
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (this: Worker, ...args: unknown[]) {
    asked.add(this);
    const unusable = { forget: false, newKeys: [null], keys: [0], lengths: [0] };
    return Reflect.apply(post, this, asked.size <= broken ? [unusable] : args);
  } as typeof post;
  faults.length = 0;
  try {
    verifier = createVerifier(1, logger);
    await work();
  } finally {
    Worker.prototype.postMessage = post;
  }
  return asked.size;
}

async function decidesRightly(): Promise<void> {
  const { key, sign: signWith } = makePair();
  const message = randomBytes(50);
  const answers = [true, false].map((honest) =>
    verifier.verify(key, [message], honest ? signWith(message) : signWith(randomBytes(50))),
  );
  expect(await Promise.all(answers)).toEqual([true, false]);
}

test('a thread that dies is replaced, and what it was asked is answered all the same', async () => {
  const threads = await withBrokenThreads(1, async () => {
    await decidesRightly();
    await decidesRightly();
  });
  expect(threads).toBe(2);
  expect(faults).toEqual(['verify.thread_failed']);
});

test('where no thread lives to answer, no more are tried and signatures are decided on the event loop', async () => {
  const threads = await withBrokenThreads(Number.POSITIVE_INFINITY, async () => {
    for (let round = 0; round < 8; round += 1) await decidesRightly();
  });
  expect(threads).toBe(3);
  expect(faults.filter((event) => event === 'verify.threads_given_up')).toHaveLength(1);
});

test('a key travels once, and anew after its table has been emptied', () => {
  const questions = new Questions();
  const ask = (key: Ed25519PublicKey) => ({
    key,
    message: [new Uint8Array(1), new Uint8Array(2)],
    signature: new Uint8Array(64),
    resolve: () => undefined,
  });
  const { key } = makePair();
  expect(questions.write([ask(key), ask(key)])).toMatchObject({
    keys: [0, 0],
    lengths: [3, 3],
    forget: false,
  });
  expect(questions.write([ask(key)]).newKeys).toEqual([]);
  // Objects are what is told apart, so a thousand keys need not be made.
  for (let index = 0; index < 1024; index += 1) questions.write([ask({ raw: key.raw } as Ed25519PublicKey)]);
  const anew = questions.write([ask(key)]);
  expect(anew).toMatchObject({ forget: true, keys: [0] });
  expect(anew.newKeys).toEqual([key.raw]);
});
