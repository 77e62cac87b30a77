/** `backup` and `restore` of the embedded database: whole, by the running gateway too, and never over something that is there. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { send } from '../support/client.ts';
import { createFederation, type Federation } from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { telemetry } from '../support/requests.ts';
import { runCommand } from './run-command.ts';

let federation: Federation;
let gateway: TestGateway;
let source: Readonly<Record<string, string>>;
const inside = (name: string): string => join(federation.directory, name);

beforeAll(async () => {
  federation = await createFederation();
  source = { VV_TG_DATA_DIR: federation.environment.VV_TG_DATA_DIR ?? '' };
  gateway = await startTestGateway(federation);
  for (let i = 0; i < 3; i += 1) {
    expect((await send(federation, gateway.listen, telemetry(federation))).status).toBe(202);
  }
});
afterAll(() => federation?.remove());

/** A dump that holds the one connection for longer than the gateway waits for it is 503, and worth another attempt. */
async function sendUntilAnswered(): ReturnType<typeof send> {
  for (;;) {
    const answer = await send(federation, gateway.listen, telemetry(federation));
    if (answer.status !== 503) return answer;
  }
}

/** Files and modes of a folder. */
function listing(folder: string): readonly string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => `${name} ${(statSync(join(folder, name)).mode & 0o777).toString(8)}`);
}

describe('a backup', () => {
  test('is made by the running gateway, which goes on accepting, and again when it is stopped', async () => {
    const [made, answers] = await Promise.all([
      runCommand(source, ['backup', inside('running'), '--json']),
      Promise.all([1, 2, 3, 4].map(() => sendUntilAnswered())),
    ]);
    expect({ exitCode: made.exitCode, stderr: made.stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(listing(inside('running'))).toEqual(['backup.json 600', 'database.tar.gz 600']);
    expect(statSync(inside('running')).mode & 0o777).toBe(0o700);
    expect(await gateway.count('events')).toBe(7);
    await gateway.close();
    expect((await runCommand(source, ['backup', inside('stopped'), '--json'])).json).toMatchObject({
      ok: true,
    });
  });

  test('never writes into something that is there', async () => {
    const { exitCode, json } = await runCommand(source, ['backup', inside('running'), '--json']);
    expect([exitCode, json.error?.code]).toEqual([2, 'folder_exists']);
  });
});

describe('a restore, of what the running gateway wrote,', () => {
  const restore = (folder: string, target: string, more: Readonly<Record<string, string>> = {}) =>
    runCommand({ VV_TG_DATA_DIR: inside(target), ...more }, ['restore', folder, '--json']);
  const code = ({ exitCode, json }: Awaited<ReturnType<typeof restore>>) => [exitCode, json.error?.code];

  test('gives everything back: events, evidence that verifies, a log without a gap; and a gateway serves from it', async () => {
    const restored = await restore(inside('running'), 'restored');
    expect(restored.exitCode).toBe(0);
    // All that was acknowledged before the backup was asked for, and perhaps some of what came meanwhile.
    const { events, audit_entries: entries } = restored.json;
    expect([events >= 3 && events <= 7, entries >= events]).toEqual([true, true]);
    const environment = { VV_TG_DATA_DIR: inside('restored') };
    expect((await runCommand(environment, ['evidence', 'verify', '--all', '--json'])).exitCode).toBe(0);
    expect((await runCommand(environment, ['audit', 'verify', '--json'])).exitCode).toBe(0);
    const again = await startTestGateway(federation, environment);
    expect((await send(federation, again.listen, telemetry(federation))).status).toBe(202);
    expect(await again.count('events')).toBe(events + 1);
    await again.close();
  });

  test('over a database, of another folder, of changed bytes, or for PostgreSQL is refused and leaves nothing', async () => {
    expect(code(await restore(inside('stopped'), 'restored'))).toEqual([2, 'data_directory']);
    expect(code(await restore(federation.directory, 'never'))).toEqual([2, 'backup_invalid']);
    const dump = join(inside('running'), 'database.tar.gz');
    const bytes = readFileSync(dump);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(dump, bytes);
    expect(code(await restore(inside('running'), 'never'))).toEqual([2, 'backup_invalid']);
    const postgres = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
    expect(code(await restore(inside('stopped'), 'never', postgres))).toEqual([2, 'not_embedded']);
    expect(existsSync(join(inside('never'), 'embedded', 'pgdata'))).toBe(false);
  });
});
