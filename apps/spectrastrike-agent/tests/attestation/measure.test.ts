import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseStrictJson } from '@nyxera/federation-protocol';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { hashFile } from '../../src/attestation/hash-files.ts';
import { type MeasurementSubject, measure, syntheticMeasurement } from '../../src/attestation/measure.ts';
import { latestRun, recordRun, runById } from '../../src/attestation/run-store.ts';
import { openState } from '../../src/state/open-state.ts';

let directory: ReturnType<typeof temporaryDirectory>;

beforeEach(() => {
  directory = temporaryDirectory('attestation');
});
afterEach(() => directory.remove());

/** A small installation below `name`, files written in the given order. */
function install(name: string, reverse = false): string {
  const root = join(directory.path, name);
  const files: [string, string][] = [
    ['dist/main.js', 'main'],
    ['dist/cli/run.js', 'run'],
    ['data/table.json', '{}'],
    ['README.md', 'not measured'],
  ];
  for (const [path, content] of reverse ? files.reverse() : files) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

function subject(root: string, more: Partial<MeasurementSubject> = {}): MeasurementSubject {
  return {
    roots: [{ label: '', path: root, entries: ['bin', 'data', 'dist'] }],
    runtime: { node: 'v24.0.0', platform: 'linux', arch: 'x64' },
    configuration: { gateway: 'https://g' },
    toolPath: null,
    policy: { adjustments: [] },
    ...more,
  };
}

const hashOf = async (root: string, more: Partial<MeasurementSubject> = {}): Promise<string> =>
  (await measure(subject(root, more))).attestationMeasurementHash;

test('the same installation measures the same: elsewhere, in another order, touched later', async () => {
  const first = await hashOf(install('one'));
  const second = install('two', true);
  utimesSync(join(second, 'dist/main.js'), 1, 1);
  expect(await hashOf(second)).toBe(first);
  expect(first).toMatch(/^[0-9a-f]{64}$/);
});

describe('everything that was measured changes the hash', () => {
  test.each<[string, (root: string) => Partial<MeasurementSubject> | undefined]>([
    ['a file', (root) => void writeFileSync(join(root, 'dist/main.js'), 'evil')],
    ['a new file', (root) => void writeFileSync(join(root, 'dist/plugin.js'), '')],
    ['a missing file', (root) => void rmSync(join(root, 'data/table.json'))],
    ['a link out of the installation', (root) => void symlinkSync('/etc/hostname', join(root, 'dist/link'))],
    ['the runtime', () => ({ runtime: { node: 'v24.0.1', platform: 'linux', arch: 'x64' } })],
    ['the configuration', () => ({ configuration: { gateway: 'https://h' } })],
    ['the policy', () => ({ policy: { adjustments: [{ action: 'deny' }] } })],
  ])('%s', async (_name, change) => {
    const root = install('one');
    const before = await hashOf(root);
    const more = change(root) ?? {};
    expect(await hashOf(root, more)).not.toBe(before);
  });

  test('a file that is not part of the installation does not', async () => {
    const root = install('one');
    const before = await hashOf(root);
    writeFileSync(join(root, 'README.md'), 'changed');
    expect(await hashOf(root)).toBe(before);
  });
});

test('the tool is hashed, and the manifest is what was hashed', async () => {
  const root = install('one');
  const tool = join(directory.path, 'nmap');
  writeFileSync(tool, 'binary');
  const measured = await measure(subject(root, { toolPath: tool }));
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  expect(measured.toolSha256).toBe(`sha256:${sha256('binary')}`);
  expect(measured.attestationMeasurementHash).toBe(sha256(measured.manifestJson));
  expect(measured.attestationSynthetic).toBe(false);
  expect(parseStrictJson(new TextEncoder().encode(measured.manifestJson))).toMatchObject({
    ok: true,
    compat: true,
    value: { installation: { files: { 'dist/main.js': sha256('main'), 'data/table.json': sha256('{}') } } },
  });
  expect(measured.manifestHash).toMatch(/^mh-[0-9a-f]{64}$/);
  expect(measured.policyDecisionHash).toMatch(/^ph-[0-9a-f]{64}$/);
  await expect(measure(subject(root, { toolPath: join(root, 'missing') }))).rejects.toThrow();
});

test('nothing to measure is a fault and never a hash of nothing', async () => {
  await expect(measure(subject(join(directory.path, 'empty')))).rejects.toThrow('no file of the agent');
});

test('a synthetic run is marked and follows the default of section 11', () => {
  const run = {
    runId: 'run-1',
    startedAt: '2026-01-01T00:00:00Z',
    target: 'https://g',
    actor: 'op',
    reason: 'EACCES',
  };
  const synthetic = syntheticMeasurement(run);
  expect(synthetic).toMatchObject({
    attestationSynthetic: true,
    manifestHash: null,
    policyDecisionHash: null,
  });
  expect(synthetic.attestationMeasurementHash).toBe(
    createHash('sha256').update('run-1|2026-01-01T00:00:00Z|https://g|op|attestation').digest('hex'),
  );
});

test('a recorded run is read back as it was', async () => {
  const state = openState(join(directory.path, 'state'));
  const measured = await measure(subject(install('one')));
  expect(latestRun(state.db)).toBeNull();
  recordRun(state.db, { ...measured, runId: 'run-1', startedAtMs: 1 });
  const synthetic = syntheticMeasurement({
    runId: 'run-2',
    startedAt: '',
    target: '',
    actor: '',
    reason: '',
  });
  recordRun(state.db, { ...synthetic, runId: 'run-2', startedAtMs: 2 });
  expect(latestRun(state.db)).toEqual({ ...synthetic, runId: 'run-2', startedAtMs: 2 });
  expect(runById(state.db, 'run-1')).toEqual({ ...measured, runId: 'run-1', startedAtMs: 1 });
  // The manifest is stored once and read back with every run that measured the same.
  recordRun(state.db, { ...measured, runId: 'run-3', startedAtMs: 3 });
  expect(latestRun(state.db)).toEqual({ ...measured, runId: 'run-3', startedAtMs: 3 });
  expect(state.db.prepare("SELECT count(*) AS n FROM runs WHERE manifest_json = ''").get()?.n).toBe(1);
  state.close();
});

test.each([0, 1, 256 * 1024, 256 * 1024 + 1, 3_000_000])(
  'the hash of a file of %i bytes is that of its bytes',
  async (size) => {
    const path = join(directory.path, 'file');
    const bytes = randomBytes(size);
    writeFileSync(path, bytes);
    expect(await hashFile(path)).toBe(createHash('sha256').update(bytes).digest('hex'));
  },
);
