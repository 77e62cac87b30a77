import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort, temporaryDirectory } from '@nyxera/federation-testing';
import { Cursors } from '../../src/forward/cursor.ts';
import { FORWARD_VARIABLE } from '../../src/forward/load-settings.ts';
import { append } from '../forward/run-forwarder.ts';
import { newParty } from '../store/requests.ts';
import { runCommand } from './run-command.ts';
import { describeCommands } from './stores.ts';

describeCommands('forward status and rewind', (run, store) => {
  let size = 0;

  beforeAll(async () => {
    size = (await append(store().db, newParty(), 10)) + 10;
  });

  test('nothing yet', async () => {
    expect(await run('forward', 'status', '--json')).toMatchObject({
      exitCode: 0,
      json: { ok: true, destinations: [] },
    });
    expect((await run('forward', 'status')).stdout).toBe('nothing was ever forwarded\n');
    expect(await run('forward', 'rewind', 'siem', '--to', '0', '--reason', 'x', '--json')).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'forward_unknown' } },
    });
  });

  test('how far, how far behind, what failed last; exit code 1 while it fails', async () => {
    const cursors = new Cursors(store().db);
    const cursor = await cursors.take('siem', 0);
    expect(cursor).toEqual({ next: 0, generation: 0, size });
    await cursors.advance('siem', 0, 4, 4);
    await cursors.noteFailure('siem', 'refused', 'status 500');
    const status = await run('forward', 'status', '--json');
    expect(status.exitCode).toBe(1);
    expect(status.json.destinations).toMatchObject([
      {
        destination: 'siem',
        next_sequence: 4,
        delivered: 4,
        lag_entries: size - 4,
        failures: 1,
        error_code: 'refused',
        error_detail: 'status 500',
      },
    ]);
    expect(status.json.destinations[0].lag_seconds).toBeGreaterThan(0);
    await cursors.advance('siem', 0, 5, 1);
    expect(await run('forward', 'status', '--json')).toMatchObject({
      exitCode: 0,
      json: { destinations: [{ failing_since: null, error_code: 'refused' }] },
    });
    await cursors.release('siem');
  });

  test('rewind needs a reason and a place in the log, and is audited', async () => {
    expect(await run('forward', 'rewind', 'siem', '--to', '2', '--json')).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'reason_required' } },
    });
    for (const to of ['-1', '1.5', 'x', '99999999999999999999']) {
      expect(await run('forward', 'rewind', 'siem', '--to', to, '--reason', 'r', '--json')).toMatchObject({
        exitCode: 2,
      });
    }
    expect(
      await run('forward', 'rewind', 'siem', '--to', '1000000', '--reason', 'r', '--json'),
    ).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'forward_unknown' } },
    });
    expect(
      await run('forward', 'rewind', 'siem', '--to', '2', '--reason', 'index lost', '--json'),
    ).toMatchObject({
      exitCode: 0,
      json: { ok: true, destination: 'siem', to: 2, before: 5 },
    });
    const entries = await run('audit', 'list', '--all-tenants', '--class', 'administration', '--json');
    expect(entries.json.entries[0]).toMatchObject({
      action: 'forward.rewind',
      actor: 'cli:tester',
      subject: '{"reason":"index lost","subject":"siem 5 2"}',
    });
  });
});

describe('forward list and test', () => {
  const directory = temporaryDirectory('forward-cli');
  const settings = join(directory.path, 'forward.yaml');
  const environment = { [FORWARD_VARIABLE]: settings, VV_TG_DATA_DIR: directory.path };
  afterAll(() => directory.remove());

  test('without a file nothing is forwarded; a bad one is told', async () => {
    expect(await runCommand({}, ['forward', 'list', '--json'])).toMatchObject({
      exitCode: 0,
      json: { destinations: [] },
    });
    writeFileSync(settings, 'version: 1\ndestinations: [{ name: a, type: pigeon }]', { mode: 0o600 });
    const listed = await runCommand(environment, ['forward', 'list', '--json']);
    expect(listed).toMatchObject({ exitCode: 78, json: { error: { code: 'configuration' } } });
  });

  test('list shows what is sent where, test sends one record and says whether it was taken', async () => {
    const taken: string[] = [];
    let answer = 200;
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += String(chunk);
      });
      request.on('end', () => {
        taken.push(text);
        response.writeHead(answer);
        response.end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const file = join(directory.path, 'audit.jsonl');
    writeFileSync(
      settings,
      `version: 1
destinations:
  - { name: web, type: http, url: 'http://127.0.0.1:${port}/', filter: { classes: [security], min_level: high } }
  - { name: disk, type: file, path: '${file}', format: entry }
  - { name: gone, type: http, url: 'http://127.0.0.1:${await freePort()}/' }
`,
      { mode: 0o600 },
    );
    const listed = await runCommand(environment, ['forward', 'list', '--json']);
    expect(listed.json.destinations).toMatchObject([
      { name: 'web', type: 'http', format: 'ocsf', classes: ['security'], min_level: 'high', tenants: null },
      { name: 'disk', target: file, format: 'entry' },
      { name: 'gone' },
    ]);
    const tested = await runCommand(environment, ['forward', 'test', 'web', '--json']);
    expect(tested).toMatchObject({ exitCode: 0, json: { ok: true, destination: 'web' } });
    const sent = JSON.parse(taken[0] ?? '').records[0];
    expect(sent).toMatchObject({
      class_uid: 6003,
      metadata: { uid: tested.json.id, event_code: 'forward_test' },
    });
    answer = 401;
    expect(await runCommand(environment, ['forward', 'test', 'web', '--json'])).toMatchObject({
      exitCode: 1,
      json: { ok: false, code: 'refused', detail: 'status 401' },
    });
    expect(await runCommand(environment, ['forward', 'test', 'gone', '--json'])).toMatchObject({
      exitCode: 1,
      json: { ok: false, code: 'connection_failed' },
    });
    expect(await runCommand(environment, ['forward', 'test', 'disk', '--json'])).toMatchObject({
      exitCode: 0,
    });
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(directory.path).filter((name) => name.includes('test-'))).toEqual([]);
    expect(await runCommand(environment, ['forward', 'test', 'nobody', '--json'])).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'forward_unknown' } },
    });
    expect(readFileSync(settings, 'utf8')).toContain('disk');
    server.close();
  });
});
