/**
 * The demonstration is the end-to-end smoke test: run as a user runs it, and each of its steps becomes a test here. The
 * list of names is written out, so that a step that silently vanishes fails. On PostgreSQL: on the embedded database
 * `.ci/run` runs it right after the tests, and it exits with 1 if any step was not as expected.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const main = new URL('../demo/main.ts', import.meta.url).pathname;
const gateway = new URL('../../apps/vectorvue-gateway/bin/vectorvue-gateway.js', import.meta.url).pathname;

interface SmokeStep {
  readonly name: string;
  readonly expected: string;
  readonly observed: string;
  readonly ok: boolean;
  readonly proof?: { readonly request_id: string; readonly code: string };
}

interface FolderCheck {
  readonly requests: number;
  readonly steps: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly fault?: { readonly code: string; readonly place: string };
}

interface Smoke {
  readonly ok: boolean;
  readonly database: string;
  readonly steps: readonly SmokeStep[];
  readonly audit: { readonly ok: boolean; readonly entries: number; readonly signed: number };
}

const REFUSALS: Readonly<Record<string, string>> = {
  'replayed request': '409 replay_detected',
  'body changed after it was signed': '401 signature_invalid',
  'tenant that the operator does not belong to': '403 tenant_mapping_violation',
  'schema version that was never agreed': '422 schema_version_unsupported',
  'stolen identity header with another certificate': '401 peer_identity_rejected',
  'a retry of a delivered event, signed afresh (no replay)': '202 duplicate',
  'stranger without a certificate': 'handshake refused',
  'TLS 1.2 offered': 'handshake refused',
  'feedback signed by an unknown kid': 'unknown_kid',
  'redirect from the pinned server': 'redirect_refused',
  'an http: URL': 'insecure_transport',
};

const out = mkdtempSync(join(tmpdir(), 'nyxera-smoke-'));
/** The run's temporary directory. Others may pass: as root, PostgreSQL runs under an account of its own. */
const scratch = mkdtempSync(join(tmpdir(), 'nyxera-smoke-tmp-'));
chmodSync(scratch, 0o711);

afterAll(() => {
  for (const directory of [out, scratch]) rmSync(directory, { recursive: true, force: true });
});

interface DemoRun {
  readonly exitCode: number | null;
  readonly output: string;
  readonly smoke: Smoke | null;
  /** What the console answered while it stayed, and afterwards. */
  readonly console: { readonly status: number; readonly isGone: boolean };
}

/** With `--console`, which lets the whole story run first; Ctrl-C as soon as the page behind the link has answered. */
async function runDemo(): Promise<DemoRun> {
  const child = spawn(process.execPath, [main, '--postgres', '--console', '--out', join(out, 'postgres')], {
    env: { ...process.env, NODE_OPTIONS: '', TMPDIR: scratch },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  let output = '';
  const link = new Promise<string>((resolve) => {
    const read = (text: string): void => {
      output += text;
      const found = /http:\/\/\S+#\S+/.exec(output);
      if (found !== null) resolve(found[0]);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
  });
  const url = await Promise.race([link, ended.then(() => '')]);
  const page = (): Promise<number> => fetch(url).then(({ status }) => status);
  const status = url === '' ? 0 : await page();
  child.kill('SIGINT');
  const [exitCode] = (await ended) as [number | null];
  const isGone = await page().then(
    () => false,
    () => true,
  );
  const path = join(out, 'postgres', 'smoke.json');
  const smoke = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Smoke) : null;
  return { exitCode, output, smoke, console: { status, isGone } };
}

describe('npm run demo on the postgres database, and its console', () => {
  const database = 'postgres';
  let run: DemoRun;

  // A busy machine needs minutes for the hundred programs that it starts.
  beforeAll(async () => {
    run = await runDemo();
  }, 900_000);

  test('exits 0 and leaves its evidence', () => {
    expect(run.smoke === null ? run.output : '').toBe('');
    expect(run.exitCode).toBe(0);
    expect(run.smoke?.database).toBe(database);
  });

  test('stays with its console until Ctrl-C, and takes everything away', () => {
    expect(run.console).toEqual({ status: 200, isGone: true });
    for (const question of [
      'What was refused',
      'Which finding',
      'What changed',
      'Which key',
      'log been altered',
    ]) {
      expect(run.output).toContain(question);
    }
    expect(readdirSync(scratch)).toEqual([]);
  });

  test.each(Object.entries(REFUSALS))('%s: %s', (name, code) => {
    const step = run.smoke?.steps.find((candidate) => candidate.name === name);
    expect(step?.observed).toContain(code);
    expect(step?.ok).toBe(true);
  });

  test('the decision went from allow to deny', () => {
    const decisions = (run.smoke?.steps ?? []).filter((step) => step.name.startsWith('may we act'));
    expect(decisions.map((step) => step.observed.split(' ')[0])).toEqual(['allow', 'deny']);
  });

  const check = (folder: string) => {
    const checked = spawnSync(process.execPath, [gateway, 'audit', 'verify-proof', folder, '--json'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
    });
    return { exitCode: checked.status, json: JSON.parse(checked.stdout) as FolderCheck };
  };

  test('the folder that it leaves is checked offline: every request is proven, and the story by them', () => {
    const { exitCode, json } = check(join(out, database));
    expect(exitCode).toBe(0);
    expect(json.requests).toBeGreaterThan(20);
    expect(json.codes).toMatchObject({
      replay_detected: 1,
      signature_invalid: 1,
      tenant_mapping_violation: 1,
    });
    expect(json.steps).toBe(run.smoke?.steps.filter((step) => step.proof !== undefined).length);
    expect(json.steps).toBeGreaterThan(5);
    expect(readFileSync(join(out, database, 'report.html'), 'utf8')).toContain('steps as expected');
  });

  test('a story that is changed afterwards is found, and where', () => {
    const path = join(out, database, 'smoke.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"code": "replay_detected"', '"code": "accepted"'));
    const { exitCode, json } = check(join(out, database));
    writeFileSync(path, text);
    expect(exitCode).toBe(1);
    expect(json.fault).toMatchObject({ code: 'changed_file', place: 'smoke.json' });
  });

  test('every step was as expected, and the audit log verifies', () => {
    expect((run.smoke?.steps ?? []).filter((step) => !step.ok)).toEqual([]);
    expect(run.smoke?.audit.ok).toBe(true);
    expect(run.smoke?.audit.entries).toBeGreaterThan(0);
    expect(run.smoke?.audit.signed).toBeGreaterThan(0);
  });
});
