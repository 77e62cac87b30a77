import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';

const SCRIPT = join(import.meta.dirname, '..', '..', '..', '..', 'infra', 'siem', 'seal-and-upload.sh');

/**
 * What the script decides: which files it seals how, which it uploads with what, and when it holds one for uploaded.
 * `aws` and `chattr` are stand-ins that write down how they are called; no object store is spoken to.
 */
describe('infra/siem/seal-and-upload.sh', () => {
  const directory = temporaryDirectory('upload');
  const path = (name: string): string => join(directory.path, name);
  const today = new Date().toISOString().slice(0, 10);

  beforeEach(() => {
    for (const name of readdirSync(directory.path)) rmSync(path(name), { recursive: true });
    for (const name of ['bin', 'log']) mkdirSync(path(name));
    stub('chattr', `echo "chattr $*" >> "${path('calls')}"`);
    stub('aws', `echo "aws $*" >> "${path('calls')}"`);
    writeFileSync(path('log/audit-2026-02-25.log'), 'first day\n');
    writeFileSync(path('log/audit-2026-02-26.log'), 'second day\n');
    writeFileSync(path(`log/audit-${today}.log`), 'today\n');
    writeFileSync(path('log/other.log'), 'not ours\n');
  });
  afterAll(() => directory.remove());

  function stub(name: string, body: string): void {
    writeFileSync(path(`bin/${name}`), `#!/bin/sh\n${body}\n`);
    chmodSync(path(`bin/${name}`), 0o755);
  }

  function run(environment: Record<string, string> = {}) {
    return spawnSync('sh', [SCRIPT], {
      encoding: 'utf8',
      env: {
        PATH: `${path('bin')}:${process.env.PATH ?? ''}`,
        AUDIT_BUCKET: 'bucket',
        AUDIT_RETAIN_DAYS: '365',
        AUDIT_PREFIX: 'gateway-1',
        AUDIT_LOG_DIR: path('log'),
        AUDIT_STATE_DIR: path('state'),
        ...environment,
      },
    });
  }

  const calls = (): readonly string[] =>
    existsSync(path('calls')) ? readFileSync(path('calls'), 'utf8').split('\n').slice(0, -1) : [];

  test('past days are made immutable and uploaded with their checksum, locked; today may still grow', () => {
    const done = run();
    expect(done.status).toBe(0);
    const checksum = createHash('sha256').update('first day\n').digest('base64');
    expect(calls()).toContain(`chattr +i ${path('log/audit-2026-02-25.log')}`);
    expect(calls()).toContain(`chattr +a ${path(`log/audit-${today}.log`)}`);
    const upload = calls().find((call) => call.includes('--key gateway-1/audit-2026-02-25.log'));
    expect(upload).toContain(`--checksum-algorithm SHA256 --checksum-sha256 ${checksum}`);
    expect(upload).toMatch(
      /--object-lock-mode COMPLIANCE --object-lock-retain-until-date \d{4}-\d\d-\d\dT00:00:00Z$/,
    );
    const until = Date.parse(/until-date (\S+)$/.exec(upload ?? '')?.[1] ?? '');
    expect(Math.round((until - Date.parse(`${today}T00:00:00Z`)) / 86_400_000)).toBe(365);
    expect(calls().filter((call) => call.startsWith('aws'))).toHaveLength(2);
    expect(calls().join('\n')).not.toContain('other.log');
  });

  test('a second run uploads nothing again', () => {
    run();
    const before = calls().filter((call) => call.startsWith('aws')).length;
    expect(run().status).toBe(0);
    expect(calls().filter((call) => call.startsWith('aws'))).toHaveLength(before);
  });

  test('what failed is said, the others are done, and the next run tries it again', () => {
    stub('aws', `case "$*" in *02-25*) exit 1;; esac; echo "aws $*" >> "${path('calls')}"`);
    const failed = run();
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain('not uploaded');
    expect(readdirSync(path('state'))).toEqual(['audit-2026-02-26.log.sha256']);
    stub('aws', `echo "aws $*" >> "${path('calls')}"`);
    expect(run().status).toBe(0);
    expect(readdirSync(path('state')).sort()).toEqual([
      'audit-2026-02-25.log.sha256',
      'audit-2026-02-26.log.sha256',
    ]);
    expect(readFileSync(path('state/audit-2026-02-25.log.sha256'), 'utf8').trim()).toBe(
      createHash('sha256').update('first day\n').digest('hex'),
    );
  });

  test('a file system without attributes is said, and the upload is made all the same', () => {
    stub('chattr', 'exit 1');
    const done = run();
    expect(done.status).toBe(1);
    expect(done.stderr.match(/not sealed/g)).toHaveLength(3);
    expect(calls().filter((call) => call.startsWith('aws'))).toHaveLength(2);
  });

  test('without a bucket or a time to keep it does nothing', () => {
    for (const name of ['AUDIT_BUCKET', 'AUDIT_RETAIN_DAYS']) {
      expect(run({ [name]: '' }).status).not.toBe(0);
    }
    expect(calls()).toEqual([]);
  });
});
