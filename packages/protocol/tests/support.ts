import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Ed25519PublicKey, importPublicKey } from '../src/ed25519.ts';
import type { Rejection, Result } from '../src/result.ts';
import { type JsonObject, type JsonValue, parseStrictJson } from '../src/strict-json.ts';

/** Milliseconds that a test with much work may take on a busy machine. Not a claim about speed. */
export const SLOW = 600_000;

const SHARED = fileURLToPath(new URL('../../../../shared/', import.meta.url));

/** Runs with the path of a file that lies beside the repository, or is registered as a visibly skipped test. */
export function testWithShared(
  name: string,
  file: string,
  run: (path: string) => void | Promise<void>,
): void {
  const path = `${SHARED}${file}`;
  if (existsSync(path)) {
    test(name, () => run(path));
  } else {
    test.skip(`${name} (needs ../shared/${file})`, () => {});
  }
}

export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

/**
 * Any character that has a UTF-8 form, as `unit: 'binary'` has them: that one writes a table of all 1,112,064 whenever it
 * is asked for, more work than the runs themselves. The 2,048 from 0xd800 are halves of UTF-16 and no characters.
 */
export const codePoint: fc.Arbitrary<string> = fc
  .integer({ min: 0, max: 0x10ffff - 2_048 })
  .map((n) => String.fromCodePoint(n < 0xd800 ? n : n + 2_048));

const encoder = new TextEncoder();
export const utf8 = (text: string): Uint8Array => encoder.encode(text);
export const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

/** A published test seed: 32 equal bytes. Never acceptable outside of tests. */
export function testKey(seedByte: number): {
  readonly privateKey: KeyObject;
  readonly key: Ed25519PublicKey;
} {
  const seed = Buffer.alloc(32, seedByte);
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { privateKey, key: value(importPublicKey(Uint8Array.from(spki.subarray(12)))) };
}

export function signWith(privateKey: KeyObject, message: Uint8Array): Uint8Array {
  return Uint8Array.from(sign(null, message, privateKey));
}

/** The value of an accepted result; fails the test with the code otherwise. */
export function value<V>(result: Result<V>): V {
  if (!result.ok) {
    throw new Error(`rejected: ${result.code} ${result.path ?? ''} ${result.detail}`);
  }
  return result.value;
}

/** Asserts a rejection by its code and, where given, by its path. Never by its text. */
export function expectRejected(result: { ok: true } | Rejection, code: string, path?: string): void {
  expect(result.ok ? 'accepted' : result.code).toBe(code);
  if (path !== undefined && !result.ok) {
    expect(result.path).toBe(path);
  }
}

/** What the parser makes of a text that must be strict JSON. */
export function parsed(text: string): JsonValue {
  const result = parseStrictJson(utf8(text));
  if (!result.ok) {
    throw new Error(`${result.code} ${result.detail}`);
  }
  return result.value;
}

/** A plain JS value as it would arrive: through text and the strict parser. */
export function received(json: unknown): JsonValue {
  return parsed(JSON.stringify(json));
}

export function receivedObject(json: object): JsonObject {
  return received(json) as JsonObject;
}

// Taken once: within a test, a name of the global object is a slow look-up, and this is called millions of times.
const { imul } = Math;

/** mulberry32: the same numbers in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
