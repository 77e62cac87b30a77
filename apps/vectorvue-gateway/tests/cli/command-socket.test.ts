import { chmodSync, existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type TemporaryDirectory, temporaryDirectory } from '@nyxera/federation-testing';
import type { CommandContext } from '../../src/cli/command.ts';
import { commandSocketPath, startCommandSocket } from '../../src/cli/command-socket.ts';
import { runCommand } from './run-command.ts';

/** A store that answers every statement with nothing: these tests are about the way to it. */
function contextWith(query: () => Promise<readonly object[]>): Omit<CommandContext, 'actor'> {
  return {
    now: () => Date.now(),
    db: {
      kind: 'embedded',
      query,
      transaction: () => Promise.reject(new Error('the fault that a test injects')),
      listen: async () => async () => undefined,
      close: async () => undefined,
    } as unknown as CommandContext['db'],
  };
}

describe('command socket', () => {
  let directory: TemporaryDirectory;
  let dataDir: string;
  let path: string;
  let count = 0;
  const sockets: { close(): Promise<void> }[] = [];
  const servers: Server[] = [];
  const start = async (context = contextWith(async () => [])) => {
    const socket = await startCommandSocket({ path, context });
    sockets.push(socket);
    return socket;
  };
  const run = (...argv: string[]) => runCommand({ VV_TG_DATA_DIR: dataDir }, [...argv, '--json']);

  beforeAll(() => {
    directory = temporaryDirectory('socket');
  });
  afterAll(() => directory.remove());
  afterEach(async () => {
    for (const socket of sockets.splice(0)) await socket.close();
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  });
  const fresh = () => {
    count += 1;
    dataDir = join(directory.path, `d${count}`);
    // As if a database were there: a command must not make one to find out.
    mkdirSync(join(dataDir, 'embedded', 'pgdata'), { recursive: true, mode: 0o700 });
    path = commandSocketPath(dataDir);
  };

  test('is 0600 from the first moment, answers, and is gone after close', async () => {
    fresh();
    const mask = process.umask(0);
    const socket = await start();
    expect(process.umask(mask)).toBe(0);
    const stats = lstatSync(path);
    expect([stats.isSocket(), stats.mode & 0o777]).toEqual([true, 0o600]);
    expect(await run('key', 'list')).toMatchObject({ exitCode: 0, json: { keys: [] } });
    await socket.close();
    expect(existsSync(path)).toBe(false);
  });

  test('a stale socket file is replaced, a living one is refused', async () => {
    fresh();
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(path, resolve));
    chmodSync(path, 0o600);
    await expect(start()).rejects.toMatchObject({ code: 'socket_in_use' });
    // A killed process leaves its file: renamed away while it closes, and put back.
    const { renameSync } = await import('node:fs');
    renameSync(path, `${path}.kept`);
    await new Promise((resolve) => dead.close(resolve));
    renameSync(`${path}.kept`, path);
    await start();
    expect(await run('key', 'list')).toMatchObject({ exitCode: 0 });
  });

  test.each([
    ['a symbolic link', () => symlinkSync(join(directory.path, 'target'), path), 'symbolic link'],
    ['a plain file', () => writeFileSync(path, 'precious', { mode: 0o600 }), 'not a socket'],
    ['a directory', () => mkdirSync(path), 'not a socket'],
  ])('%s in its place is refused by both ends, and left alone', async (_name, lay, why) => {
    fresh();
    lay();
    await expect(start()).rejects.toMatchObject({
      code: 'socket_unsafe',
      message: expect.stringContaining(why),
    });
    expect(await run('key', 'list')).toMatchObject({
      exitCode: 1,
      json: { error: { code: 'socket_unsafe' } },
    });
    expect(existsSync(path) || lstatSync(path).isSymbolicLink()).toBe(true);
  });

  test('a socket that others may open, or that belongs to another user, is refused', async () => {
    fresh();
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    chmodSync(path, 0o666);
    expect(await run('key', 'list')).toMatchObject({
      exitCode: 1,
      json: { error: { code: 'socket_unsafe' } },
    });
    chmodSync(path, 0o600);
    const uid = process.getuid ?? (() => 0);
    process.getuid = () => uid() + 1;
    try {
      const refused = await run('key', 'list');
      expect(refused.json.error.message).toMatch(/belongs to user/);
    } finally {
      process.getuid = uid;
    }
  });

  test('a path that no socket can have is refused with what to do', async () => {
    fresh();
    const long = join(directory.path, 'x'.repeat(120), 'gateway.sock');
    await expect(
      startCommandSocket({ path: long, context: contextWith(async () => []) }),
    ).rejects.toMatchObject({
      code: 'socket_path_too_long',
      message: expect.stringContaining('VV_TG_DATA_DIR'),
    });
  });

  test.each<[string, string, string, string | Buffer, number]>([
    ['GET', 'GET', '/command', '', 404],
    ['another path', 'POST', '/', '{}', 404],
    ['no JSON', 'POST', '/command', '{', 400],
    ['no command', 'POST', '/command', '{}', 400],
    [
      'another member',
      'POST',
      '/command',
      JSON.stringify({ command: 'key list', input: {}, actor: 'cli:x', more: 1 }),
      400,
    ],
    [
      'an actor that pretends',
      'POST',
      '/command',
      JSON.stringify({ command: 'key list', input: {}, actor: 'environment' }),
      400,
    ],
    [
      'an actor with a line break',
      'POST',
      '/command',
      JSON.stringify({ command: 'key list', input: {}, actor: 'cli:a\nb' }),
      400,
    ],
    [
      'an unknown command',
      'POST',
      '/command',
      JSON.stringify({ command: 'serve', input: {}, actor: 'cli:x' }),
      404,
    ],
    [
      'a name of the prototype',
      'POST',
      '/command',
      JSON.stringify({ command: 'constructor', input: {}, actor: 'cli:x' }),
      404,
    ],
    ['too much', 'POST', '/command', Buffer.alloc(1024 * 1024 + 1, 32), 413],
  ])('%s is answered %s %s', async (_name, method, url, body, status) => {
    fresh();
    await start();
    expect(await ask(path, method, url, body)).toBe(status);
    expect(await run('key', 'list')).toMatchObject({ exitCode: 0 });
  });

  test('input is checked on the gateway as well; a fault inside ends the command, not the gateway', async () => {
    fresh();
    await start(
      contextWith(() => Promise.reject(Object.assign(new Error('secret detail'), { code: '42P01' }))),
    );
    const bad = JSON.stringify({ command: 'key list', input: { purpose: 'magic' }, actor: 'cli:x' });
    expect(await ask(path, 'POST', '/command', bad)).toBe(200);
    const failed = await run('key', 'list');
    expect(failed).toMatchObject({ exitCode: 1, json: { error: { code: 'database_error' } } });
    expect(failed.stdout + failed.stderr).not.toContain('secret detail');
    expect(await run('tenant', 'unmap', 'x')).toMatchObject({
      exitCode: 1,
      json: { error: { code: 'internal_error' } },
    });
    expect(await run('key', 'revoke', 'x')).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'reason_required' } },
    });
  });

  test('a gateway that dies while it answers: exit 1, and it says that the command may have been done', async () => {
    fresh();
    const server = createServer((connection) => {
      connection.once('data', () => connection.destroy());
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    chmodSync(path, 0o600);
    const finished = await run('tenant', 'unmap', 'x');
    expect(finished).toMatchObject({ exitCode: 1, json: { error: { code: 'socket_failed' } } });
    expect(finished.stderr).toMatch(/may have been done/);
  });
});

function ask(socketPath: string, method: string, path: string, body: string | Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
