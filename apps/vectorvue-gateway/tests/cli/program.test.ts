import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import { createPki, type TemporaryDirectory, temporaryDirectory } from '@nyxera/federation-testing';
import { runCommand } from './run-command.ts';

describe('command line', () => {
  let directory: TemporaryDirectory;
  let environment: Record<string, string>;
  beforeAll(() => {
    directory = temporaryDirectory('cli');
    environment = { VV_TG_DATA_DIR: join(directory.path, 'data') };
  });
  afterAll(() => directory.remove());
  const run = (...argv: string[]) => runCommand(environment, argv);

  test('the program itself: help 0, nothing asked 2, groups 2', async () => {
    const help = await run('--help');
    expect(help.exitCode).toBe(0);
    for (const argv of [[], ['key'], ['events'], ['key', '--json']]) {
      expect((await run(...argv)).exitCode).toBe(2);
    }
  });

  test('a missing database is named and not made', async () => {
    expect(await run('key', 'list', '--json')).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'no_database' } },
    });
    expect(existsSync(environment.VV_TG_DATA_DIR ?? '')).toBe(false);
  });

  test('bad configuration: 78 and every variable; only what the command uses is asked for', async () => {
    const bad = { DATABASE_URL: 'mysql://secret@x', VV_TG_AUTO_MIGRATE: 'maybe', VV_TG_LISTEN: 'nonsense' };
    const finished = await runCommand(bad, ['key', 'list', '--json']);
    expect(finished.exitCode).toBe(78);
    expect(finished.json.error.details.map((fault: { variable: string }) => fault.variable)).toEqual([
      'DATABASE_URL',
      'VV_TG_AUTO_MIGRATE',
    ]);
    expect(finished.stdout + finished.stderr).not.toContain('secret');
  });

  test('a database that is not there: exit 1, without its password', async () => {
    const url = 'postgresql://user:hunter2@127.0.0.1:1/none';
    const finished = await runCommand({ DATABASE_URL: url }, ['key', 'list', '--json']);
    expect(finished).toMatchObject({ exitCode: 1, json: { error: { code: 'unavailable' } } });
    expect(finished.stdout + finished.stderr).not.toContain('hunter2');
  });

  test('rules show: the default, a file, a broken file', async () => {
    const shown = await run('rules', 'show');
    expect(shown.stdout).toMatch(/^# Feedback rules/);
    const path = join(directory.path, 'rules.yaml');
    writeFileSync(path, shown.stdout);
    const file = { VV_TG_FEEDBACK_RULES_PATH: path };
    expect((await runCommand(file, ['rules', 'show', '--json'])).json).toEqual({
      source: path,
      text: shown.stdout,
    });
    writeFileSync(path, 'graph: 1');
    expect(await runCommand(file, ['rules', 'show', '--json'])).toMatchObject({
      exitCode: 78,
      json: { error: { code: 'configuration' } },
    });
  });

  test('embedded: migrate, then commands under the lock, side by side; a table on a terminal', async () => {
    expect(await run('migrate', '--json')).toMatchObject({
      exitCode: 0,
      json: { ok: true, applied: expect.arrayContaining(['0001-roles']) },
    });
    expect(await run('migrate', '--json')).toMatchObject({ json: { applied: [] } });
    const both = await Promise.all([
      run('tenant', 'map', 'a', '7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55'),
      run('identity', 'list', '--json'),
    ]);
    expect(both.map((finished) => finished.exitCode)).toEqual([0, 0]);
    const table = await runCommand({ ...environment, NO_COLOR: '1' }, ['tenant', 'list'], {
      terminal: true,
    });
    expect(table.stdout).toMatch(/┌.*┐\n│ tenant .*│ operator/s);
  });

  test('doctor: a healthy installation, an expiring one, and one where everything is wrong', async () => {
    const pki = await createPki(join(directory.path, 'pki'));
    const server = await pki.issue({ name: 'localhost', dns: ['localhost'], server: true });
    const feedback = join(directory.path, 'feedback.pem');
    await generateKeyFile(feedback);
    const healthy = {
      ...environment,
      // Whoever tests may have a gateway on the default ports.
      VV_TG_LISTEN: '127.0.0.1:0',
      VV_TG_ADMIN_LISTEN: '127.0.0.1:0',
      VV_SERVICE_IDENTITY_CERT_PATH: server.certPath,
      VV_SERVICE_IDENTITY_KEY_PATH: server.keyPath,
      VV_SERVICE_IDENTITY_CA_PATH: pki.caCertPath,
      VV_TG_FEEDBACK_ED25519_KEYS_JSON: JSON.stringify({ default: feedback }),
    };
    const well = await runCommand(healthy, ['doctor', '--json']);
    expect(well).toMatchObject({ exitCode: 0, json: { ok: true, faults: 0 } });
    const found = (result: typeof well, name: string) =>
      result.json.checks.find((check: { name: string }) => check.name === name);
    for (const name of [
      'configuration',
      'certificate name',
      'certificate chain',
      'TLS key file',
      'feedback key default',
      'database',
      'migrations',
      'clock',
      'trust',
      'data directory lock',
    ]) {
      expect([name, found(well, name)?.status]).toEqual([name, 'ok']);
    }
    const expiry = Date.parse(String(found(well, 'certificate expiry').found).split('until ')[1] ?? '');
    const late = await runCommand(healthy, ['doctor', '--json'], { now: () => expiry - 86_400_000 });
    expect(found(late, 'certificate expiry').status).toBe('warning');
    const tooLate = await runCommand(healthy, ['doctor', '--json'], { now: () => expiry + 86_400_000 });
    expect(tooLate.exitCode).toBe(1);
    expect(found(tooLate, 'certificate expiry').status).toBe('fault');

    const open = join(directory.path, 'open.pem');
    writeFileSync(open, 'x', { mode: 0o644 });
    mkdirSync(join(directory.path, 'empty'), { recursive: true });
    const ill = await runCommand(
      {
        VV_TG_DATA_DIR: join(directory.path, 'empty'),
        VV_SERVICE_IDENTITY_KEY_PATH: open,
        VV_TG_FEEDBACK_ED25519_KEYS_JSON: JSON.stringify({ a: join(directory.path, 'absent.pem') }),
      },
      ['doctor', '--json'],
    );
    expect(ill).toMatchObject({ exitCode: 1, json: { ok: false } });
    expect(found(ill, 'TLS key file')).toMatchObject({
      status: 'fault',
      found: 'key_permissions',
      advice: expect.stringContaining('chmod 600'),
    });
    expect(found(ill, 'feedback key a').status).toBe('fault');
    expect(found(ill, 'data directory').status).toBe('warning');
    for (const check of ill.json.checks) {
      if (check.status === 'fault') expect([check.name, check.advice]).not.toEqual([check.name, '']);
    }
  });
});
