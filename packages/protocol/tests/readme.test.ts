import type { KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Result } from '../src/result.ts';
import { telemetryEnvelope } from './samples.ts';
import { testKey } from './support.ts';

/** The two code blocks of the README, run as they are printed: as modules, by the package's own name. */

interface Signed {
  readonly body: Uint8Array;
  readonly timestamp: number;
  readonly nonce: string;
  readonly signature: string;
}
type SignRequest = (envelope: unknown, privateKey: KeyObject, now?: number) => Signed;
type VerifyRequest = (signed: Signed, publicKey: string, now?: number) => Result<unknown> | null;

const root = fileURLToPath(new URL('../', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');
let directory = '';

beforeAll(() => {
  // Inside of the package, where Node resolves the package's own name through its exports.
  directory = mkdtempSync(`${root}dist/readme-`);
});
afterAll(() => rmSync(directory, { recursive: true }));

function block(name: string): string {
  const code = new RegExp(`\`\`\`js ${name}\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1] ?? '';
  expect(code.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(10);
  return code;
}

async function load<T>(name: string): Promise<T> {
  const path = `${directory}/${name}.mjs`;
  writeFileSync(path, block(name));
  return (await import(pathToFileURL(path).href)) as T;
}

test('the example for signing and the example for verifying work together', async () => {
  const { signRequest } = await load<{ signRequest: SignRequest }>('signing');
  const { verifyRequest } = await load<{ verifyRequest: VerifyRequest }>('verifying');
  const { privateKey, key } = testKey(1);
  const now = 1_772_107_200_000;
  const signed = signRequest(telemetryEnvelope(), privateKey, now);
  expect(verifyRequest(signed, key.toBase64(), now)).toMatchObject({
    ok: true,
    value: { operator_id: 'op-001' },
  });
  expect(verifyRequest(signed, key.toBase64(), now + 31_000)).toBeNull();
  expect(verifyRequest({ ...signed, timestamp: signed.timestamp + 1 }, key.toBase64(), now)).toBeNull();
  expect(
    verifyRequest(
      { ...signed, body: signed.body.map((byte, i) => (i === 9 ? byte ^ 1 : byte)) },
      key.toBase64(),
      now,
    ),
  ).toBeNull();
  expect(verifyRequest(signed, testKey(2).key.toBase64(), now)).toBeNull();
});
