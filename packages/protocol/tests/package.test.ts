import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { SLOW } from './support.ts';

jest.setTimeout(SLOW);

/**
 * The package as its users get it: packed by the package manager that publishes it, installed into an empty project,
 * run as JavaScript and type-checked from TypeScript. Dependencies are packed from the workspace, so nothing is
 * fetched. Turbo built dist before; the tarball holds what is there.
 */

const root = fileURLToPath(new URL('../', import.meta.url));
const workspace = fileURLToPath(new URL('../../../', import.meta.url));
interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
}
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Manifest;
let directory = '';
let project = '';

function run(command: string, args: readonly string[], cwd: string): string {
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, npm_config_loglevel: 'error' },
  });
  if (result.status !== 0) {
    throw new Error(`${command} ${args.join(' ')}\n${result.stdout}\n${result.stderr}`);
  }
  return result.stdout;
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'federation-protocol-'));
  project = join(directory, 'project');
  const packed = join(directory, 'packed');
  mkdirSync(project);
  mkdirSync(packed);
  run('npx', ['--yes', 'pnpm@12.21.0', 'pack', '--pack-destination', packed], root);
  for (const dependency of Object.keys(manifest.dependencies)) {
    const name = dependency.replaceAll(/[@/]/g, '-');
    const copy = join(directory, name);
    cpSync(`${root}node_modules/${dependency}`, join(copy, 'package'), {
      recursive: true,
      dereference: true,
    });
    run('tar', ['-czf', join(packed, `${name}.tgz`), '-C', copy, 'package'], directory);
  }
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'empty', private: true, type: 'module' }),
  );
  const tarballs = readdirSync(packed).map((name) => join(packed, name));
  expect(tarballs).toHaveLength(1 + Object.keys(manifest.dependencies).length);
  run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', ...tarballs], project);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the packed package in an empty project', () => {
  test('holds what it should and nothing else', () => {
    const installed = join(project, 'node_modules/@nyxera/federation-protocol');
    expect(readdirSync(installed).sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist',
      'package.json',
      'schemas',
      'vectors',
    ]);
    const published = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Manifest;
    expect(published.version).toBe(manifest.version);
    expect(Object.values(published.dependencies).every((version) => /^\d+\.\d+\.\d+$/.test(version))).toBe(
      true,
    );
    const files = readdirSync(join(installed, 'dist'), { recursive: true, withFileTypes: true });
    const others = files.filter((file) => file.isFile() && !/\.(?:js|d\.ts)$/.test(file.name));
    expect(others.map(({ name }) => name)).toEqual([]);
  });

  test('runs as JavaScript, by every entry point', () => {
    const entries = Object.keys(manifest.exports).map(
      (entry) => `@nyxera/federation-protocol${entry.slice(1)}`,
    );
    writeFileSync(
      join(project, 'run.js'),
      `import { parseStrictJson, canonicalizeCompat, importPublicKey, verifyEd25519, decodeSignature, requestSignatureInput } from '@nyxera/federation-protocol';
import { generateKeyPairSync, sign } from 'node:crypto';
const entries = ${JSON.stringify(entries)};
for (const entry of entries) {
  if (Object.keys(await import(entry)).length === 0) throw new Error(entry);
}
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const key = importPublicKey(Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url'));
const body = new TextEncoder().encode(canonicalizeCompat({ b: 1.5, a: [2n ** 64n] }));
const message = requestSignatureInput(1, 'nonce-00', body);
const signature = decodeSignature(sign(null, message, privateKey).toString('base64'));
const parsed = parseStrictJson(body);
console.log(JSON.stringify({ entries: entries.length, valid: verifyEd25519(key.value, message, signature), compat: parsed.compat }));
`,
    );
    expect(JSON.parse(run(process.execPath, ['run.js'], project))).toEqual({
      entries: Object.keys(manifest.exports).length,
      valid: true,
      compat: true,
    });
  });

  test('has no deep imports', () => {
    writeFileSync(join(project, 'deep.js'), "await import('@nyxera/federation-protocol/dist/index.js');\n");
    expect(() => run(process.execPath, ['deep.js'], project)).toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  test('type-checks from TypeScript with moduleResolution nodenext, strict, libraries included', () => {
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          moduleResolution: 'nodenext',
          target: 'es2022',
          lib: ['es2023', 'dom'],
          types: [],
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          skipLibCheck: false,
          noEmit: true,
        },
        include: ['consumer.ts'],
      }),
    );
    writeFileSync(join(project, 'consumer.ts'), CONSUMER);
    run(process.execPath, [join(workspace, 'node_modules/typescript/bin/tsc'), '-p', '.'], project);
    // And the types say no where they should.
    writeFileSync(
      join(project, 'consumer.ts'),
      CONSUMER.replace("=== 'schema_invalid'", "=== 'no_such_code'"),
    );
    expect(() =>
      run(process.execPath, [join(workspace, 'node_modules/typescript/bin/tsc'), '-p', '.'], project),
    ).toThrow('TS2367');
  });
});

const CONSUMER = `
import { contentHash, parseStrictJson, parseTelemetryEnvelope, type TelemetryEnvelope } from '@nyxera/federation-protocol';
import { canonicalizeCompat } from '@nyxera/federation-protocol/canonical-json';
import { type Ed25519PublicKey, importPublicKey, verifyEd25519Async } from '@nyxera/federation-protocol/ed25519';
import { ERROR_CODES, type ErrorCode } from '@nyxera/federation-protocol/error-codes';
import { executionFingerprint } from '@nyxera/federation-protocol/execution-fingerprint';
import { isFresh } from '@nyxera/federation-protocol/freshness';
import { parseJwkSet } from '@nyxera/federation-protocol/key-id';
import { type Adjustment, verifyFeedbackResponse } from '@nyxera/federation-protocol/schemas';
import { requestSignatureInput } from '@nyxera/federation-protocol/signature-input';
import { double, type JsonValue } from '@nyxera/federation-protocol/strict-json';

export function accept(bytes: Uint8Array): TelemetryEnvelope | ErrorCode {
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok) return parsed.code;
  const envelope = parseTelemetryEnvelope(parsed.value);
  if (!envelope.ok) return envelope.code === 'schema_invalid' ? envelope.code : 'internal_error';
  const { payload, campaign_id, execution_hash } = envelope.value;
  const tactics: readonly string[] = payload.mitre_tactics ?? [];
  return contentHash(payload, campaign_id, execution_hash).length + tactics.length > 0 ? envelope.value : 'internal_error';
}

export async function verify(key: Ed25519PublicKey, body: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return isFresh(1, 2) && (await verifyEd25519Async(key, requestSignatureInput(1, 'nonce-00', body), signature));
}

export function feedback(response: JsonValue): readonly Adjustment[] {
  const key = importPublicKey('AAAA');
  const result = verifyFeedbackResponse(response, {
    tenantId: 't', requestNonce: 'n', keys: () => (key.ok ? key.value : null), now: 1, requireBinding: true, nonceSeen: () => false,
  });
  return result.ok ? result.value.adjustments : [];
}

export const status: number | null = ERROR_CODES.schema_invalid.httpStatus;
export const text: string = canonicalizeCompat({ a: double(1), b: [1n, null] });
export const keys = parseJwkSet({ keys: [] });
export const fingerprint: typeof executionFingerprint = executionFingerprint;
`;
