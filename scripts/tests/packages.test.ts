/**
 * The packages as their users get them: packed, installed by npm into an empty folder, and run. Third-party packages come
 * from npm's cache or the registry (`--prefer-offline`); everything after the installation is this machine's.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { inspectInstalled } from '../supply-chain/inspect-installed.ts';
import { type Installation, installPacked } from '../supply-chain/pack-check.ts';
import { publishedPackages } from '../supply-chain/workspace.ts';

jest.setTimeout(180_000);

const folder = mkdtempSync(join(tmpdir(), 'nyxera-packages-'));
let installed: Installation;

beforeAll(() => {
  installed = installPacked(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** With an environment of its own: what this shell is configured with must not reach the programs. */
function program(name: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const path = join(installed.project, 'node_modules/.bin', name);
  const finished = spawnSync(process.execPath, [path, ...args], {
    cwd: installed.project,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', HOME: folder, ...environment },
  });
  return { status: finished.status, stdout: finished.stdout, stderr: finished.stderr };
}

test('hold what they promise, no tests, no sources, nothing of this machine', () => {
  expect(inspectInstalled(installed.project, publishedPackages())).toEqual([]);
  expect(installed.tarballs).toHaveLength(publishedPackages().length);
});

describe('under the Node that both programs need', () => {
  test('the agent tells its version, and doctor says what is missing', () => {
    expect(program('spectrastrike-agent', ['--version']).stdout).toMatch(/\d+\.\d+\.\d+/);
    const doctor = program('spectrastrike-agent', ['doctor', '--json'], {
      SPECTRASTRIKE_DATA_DIR: join(folder, 'agent'),
    });
    expect(doctor.stdout).toContain('VECTORVUE_FEDERATION_URL');
    expect([1, 78]).toContain(doctor.status);
  });

  test('the gateway makes its embedded database, reads it again and prints its rules', () => {
    const environment = { VV_TG_DATA_DIR: join(folder, 'gateway') };
    const migrated = program('vectorvue-gateway', ['migrate', '--json'], environment);
    expect(migrated).toMatchObject({ status: 0, stderr: '' });
    expect((JSON.parse(migrated.stdout) as { applied: readonly string[] }).applied[0]).toBe('0001-roles');
    const tenants = program('vectorvue-gateway', ['tenant', 'list', '--json'], environment);
    expect(tenants).toMatchObject({ status: 0, stderr: '' });
    // Its vectors come from the installed protocol package: without them this would be a fault, not a refused key.
    const options = [
      '--identity',
      'a',
      '--operator',
      'a',
      '--tenant',
      '10000000-0000-4000-8000-00000000000a',
    ];
    const files = ['--cert', 'none', '--key', 'none', '--ca', 'none', '--signing-key', 'none'];
    const lacking = program('vectorvue-gateway', [
      'conformance',
      '--target',
      'https://a.example',
      ...options,
      ...files,
    ]);
    expect(lacking.stderr).toContain('none');
    expect(lacking.status).toBe(2);
    expect(program('vectorvue-gateway', ['--version']).stdout).toMatch(/\d+\.\d+\.\d+/);
  });
});

describe('under the oldest Node that is promised, where one is installed', () => {
  const [old] = spawnSync('which', ['-a', 'node'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((path) => path !== '' && !path.includes('node_modules'))
    .filter((path) => /^v2[0-3]\./.test(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout));
  const onOld = old === undefined ? test.skip : test;

  onOld('the protocol package works', () => {
    writeFileSync(
      join(installed.project, 'old.js'),
      `import { canonicalizeCompat, parseStrictJson } from '@nyxera/federation-protocol';
       const parsed = parseStrictJson(new TextEncoder().encode('{"b":1.0,"a":123456789012345678901234567890}'));
       console.log(canonicalizeCompat(parsed.value));\n`,
    );
    const finished = spawnSync(old ?? '', ['old.js'], { cwd: installed.project, encoding: 'utf8' });
    expect(finished).toMatchObject({
      status: 0,
      stdout: '{"a":123456789012345678901234567890,"b":1.0}\n',
    });
  });

  onOld.each(['spectrastrike-agent', 'vectorvue-gateway'])('%s says which Node it needs', (name) => {
    const path = join(installed.project, 'node_modules/.bin', name);
    const finished = spawnSync(old ?? '', [path, 'doctor'], { cwd: installed.project, encoding: 'utf8' });
    expect(finished.stderr).toMatch(/needs Node\.js 24 or newer/);
    expect(finished.status).toBe(78);
  });
});
