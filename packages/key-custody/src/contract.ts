import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import {
  importPublicKey,
  ProtocolError,
  verifyEd25519,
  verifyEd25519Portable,
} from '@nyxera/federation-protocol';
import type { Signer } from './signer.ts';
import { SignerFault } from './signer-fault.ts';

/**
 * The suite that every `Signer` passes, whatever holds the key. For a runner with the global functions
 * `describe` and `test` (Jest, Vitest); assertions are Node's own, so this package needs no runner.
 */
export interface SignerContractOptions {
  /** Longest message in bytes that the implementation signs; default: none, tried up to 9 MiB. */
  readonly messageLimit?: number;
  /** The 32-byte seed, where the test knows it: then no output may hold it in any usual notation. */
  readonly seed?: Uint8Array;
  /** Texts that no output may hold: a PIN, a token. */
  readonly secrets?: readonly string[];
  /** Lengths in bytes that are tried; default 0 to 9 MiB. A slow custodian may take fewer, with 1 MiB among them. */
  readonly lengths?: readonly number[];
  /** Every call of `make` gives another key (a delegated one): determinism is looked for in one signer. */
  readonly keyPerSigner?: boolean;
  /** Is called before the signer is asked for its health; then it must be unhealthy, with a reason. */
  readonly breakCustodian?: () => Promise<void>;
  /** Undoes that; then the same signer must sign again. */
  readonly mendCustodian?: () => Promise<void>;
}

/** @param make opens a signer; every call another instance over the same key. The suite closes it. */
export function signerContract(
  name: string,
  make: () => Promise<Signer>,
  options: SignerContractOptions = {},
): void {
  const { describe, test } = globalThis as unknown as RunnerGlobals;
  const using = (run: (signer: Signer) => Promise<void>) => async () => {
    const signer = await make();
    try {
      await run(signer);
    } finally {
      await signer.close();
    }
  };

  describe(`signer contract: ${name}`, () => {
    test('the public key is valid and the kid is its thumbprint', using(publicKeyIsValid));
    test(
      'signatures verify with both verifiers of the protocol',
      using((s) => signaturesVerify(s, options)),
    );
    test('what is no Uint8Array is not signed', using(refusesOtherTypes));
    test(
      'a message over the stated limit is refused',
      using((s) => overLimitIsRefused(s, options)),
    );
    test(
      'two instances over one key make the same bytes',
      using((s) => isDeterministic(s, options.keyPerSigner === true ? async () => s : make)),
    );
    test('signs the bytes as they were at the call', using(signsASnapshot));
    test('concurrent signatures do not mix', using(concurrentSignatures));
    test(
      'what it says of itself is for an operator, and true',
      using((s) => describesItself(s, options)),
    );
    test('health is proven by a signature', using(isHealthy));
    if (options.breakCustodian !== undefined) {
      test(
        'a custodian that is away is a named fault, and no defect of the signer',
        using((s) => survivesItsCustodian(s, options)),
      );
    }
    test('after close nothing is signed, and the public half still answers', using(closeEndsSigning));
    test('signatures under way are finished by close', using(closeFinishesWork));
    test(
      'neither inspection nor JSON nor errors hold the key',
      using((s) => hidesTheKey(s, options)),
    );
  });
}

interface RunnerGlobals {
  describe(name: string, define: () => void): void;
  test(name: string, run: () => Promise<void>): void;
}

async function verified(signer: Signer, message: Uint8Array): Promise<void> {
  const key = await signer.publicKey();
  const signature = await signer.sign(message);
  assert.ok(signature instanceof Uint8Array);
  assert.equal(signature.length, 64);
  assert.ok(verifyEd25519(key, message, signature), 'the signature does not verify');
  assert.ok(verifyEd25519Portable(key, message, signature), 'the portable verifier refuses the signature');
}

async function publicKeyIsValid(signer: Signer): Promise<void> {
  const key = await signer.publicKey();
  const again = importPublicKey(key.raw);
  assert.ok(again.ok);
  assert.equal(await signer.kid(), again.value.kid);
}

async function signaturesVerify(signer: Signer, options: SignerContractOptions): Promise<void> {
  const limit = options.messageLimit ?? 9 * 1024 * 1024;
  for (const length of options.lengths ?? [0, 1, 31, 32, 64, 1_200, 1_048_576 + 140, limit]) {
    if (length <= limit) await verified(signer, patterned(length));
  }
  // A view into the middle of a larger buffer: its neighbours must not be signed.
  await verified(signer, patterned(300).subarray(100, 200));
}

async function refusesOtherTypes(signer: Signer): Promise<void> {
  for (const message of ['text', [1, 2, 3], new Uint16Array(4), null]) {
    await assert.rejects(signer.sign(message as unknown as Uint8Array), TypeError);
  }
}

async function overLimitIsRefused(signer: Signer, { messageLimit }: SignerContractOptions): Promise<void> {
  assert.equal(signer.capabilities.maxInputBytes, messageLimit ?? null);
  if (messageLimit === undefined) return;
  await assert.rejects(signer.sign(patterned(messageLimit + 1)), ProtocolError);
}

async function describesItself(signer: Signer, options: SignerContractOptions): Promise<void> {
  const { custodian, batch } = signer.capabilities;
  assert.match(custodian, /^[\x20-\x7e]{3,400}$/);
  assert.equal(typeof batch, 'boolean');
  for (const secret of options.secrets ?? []) assert.ok(!custodian.includes(secret));
}

async function survivesItsCustodian(signer: Signer, options: SignerContractOptions): Promise<void> {
  const shown: string[] = [];
  await options.breakCustodian?.();
  try {
    const health = await signer.health();
    assert.ok(
      !health.ok && /^[a-z0-9_]+: /.test(health.reason),
      'the reason begins with the name of the fault',
    );
    const fault: unknown = await signer.sign(patterned(9)).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(fault instanceof SignerFault);
    shown.push(health.reason, fault.stack ?? '', everythingShownBy(fault), everythingShownBy(signer));
  } finally {
    await options.mendCustodian?.();
  }
  for (const secret of options.secrets ?? []) {
    assert.ok(!shown.some((text) => text.includes(secret)), 'a fault holds a secret');
  }
  await verified(signer, patterned(77));
}

async function isDeterministic(signer: Signer, make: () => Promise<Signer>): Promise<void> {
  const other = await make();
  try {
    const message = patterned(200);
    assert.deepEqual(hex(await signer.sign(message)), hex(await other.sign(message)));
    assert.equal(await signer.kid(), await other.kid());
  } finally {
    if (other !== signer) await other.close();
  }
}

async function signsASnapshot(signer: Signer): Promise<void> {
  const message = patterned(100_000);
  const original = message.slice();
  const signing = signer.sign(message);
  message.fill(0);
  assert.ok(verifyEd25519(await signer.publicKey(), original, await signing));
}

async function concurrentSignatures(signer: Signer): Promise<void> {
  const key = await signer.publicKey();
  const messages = Array.from({ length: 40 }, (_, index) => patterned(50 + index));
  const signatures = await Promise.all(messages.map((message) => signer.sign(message)));
  for (const [index, message] of messages.entries()) {
    const signature = signatures[index];
    assert.ok(signature !== undefined && verifyEd25519(key, message, signature));
  }
}

async function isHealthy(signer: Signer): Promise<void> {
  assert.deepEqual(await signer.health(), { ok: true });
}

async function closeEndsSigning(signer: Signer): Promise<void> {
  const kid = await signer.kid();
  await signer.close();
  await signer.close();
  await assert.rejects(signer.sign(patterned(10)), ProtocolError);
  assert.equal((await signer.health()).ok, false);
  assert.equal(await signer.kid(), kid);
  assert.equal((await signer.publicKey()).kid, kid);
}

async function closeFinishesWork(signer: Signer): Promise<void> {
  const key = await signer.publicKey();
  const message = patterned(200_000);
  const signing = signer.sign(message);
  await signer.close();
  assert.ok(verifyEd25519(key, message, await signing));
}

async function hidesTheKey(signer: Signer, { seed, secrets }: SignerContractOptions): Promise<void> {
  const shown = [everythingShownBy(signer)];
  await signer.close();
  const fault: unknown = await signer.sign(patterned(1)).then(
    () => undefined,
    (error: unknown) => error,
  );
  shown.push(everythingShownBy(signer), everythingShownBy(fault));
  assert.ok(fault instanceof Error);
  shown.push(fault.stack ?? '', JSON.stringify(await signer.health()));
  for (const form of [...(seed === undefined ? [] : notationsOf(seed)), ...(secrets ?? [])]) {
    assert.ok(!shown.some((text) => text.includes(form)), 'an output holds the private key or a secret');
  }
}

function everythingShownBy(value: unknown): string {
  const parts = [inspect(value, { showHidden: true, depth: null, getters: true }), JSON.stringify(value)];
  return `${parts.join('\n')}\n${String(value)}`;
}

/** Hex, base64 and base64url (whole and at the three alignments' core), decimal lists, and the raw bytes. */
export function notationsOf(secret: Uint8Array): string[] {
  const bytes = Buffer.from(secret);
  const hexText = bytes.toString('hex');
  const spaced = hexText.replace(/(..)(?!$)/g, '$1 ');
  const base64 = [0, 1, 2].map((skip) => bytes.subarray(skip).toString('base64').slice(0, 36));
  const url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const decimals = [bytes.join(','), bytes.join(', ')];
  return [hexText, hexText.toUpperCase(), spaced, ...base64, ...url, ...decimals, bytes.toString('latin1')];
}

/** Bytes that differ from their neighbours, so that an offset by one shows. */
function patterned(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + length) & 0xff);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
