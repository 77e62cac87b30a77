import { chmodSync, unlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { CommandContext } from './command.ts';
import { describeFault } from './describe-fault.ts';
import { EXIT } from './exit-codes.ts';
import { CommandSocketError, inspectSocket } from './socket-file.ts';
import { SOCKET_REQUEST_MAX_BYTES, type SocketAnswer, socketRequest } from './socket-messages.ts';
import { findStoreCommand } from './store-commands.ts';

export { CommandSocketError, commandSocketPath } from './socket-file.ts';

export interface CommandSocketOptions {
  /** `commandSocketPath(dataDir)`. */
  readonly path: string;
  /** The open database of the running gateway, and its clock. */
  readonly context: Omit<CommandContext, 'actor'>;
}

/** Commands under way get this long when the gateway stops; then their connections are cut. Milliseconds. */
const CLOSE_GRACE_MS = 5000;

/**
 * Lets CLI commands reach the embedded database of a running gateway, which nobody else can open: HTTP over a
 * Unix socket of mode 0600 (ARCHITECTURE.md, Store). Only for the embedded database, and only while its lock is
 * held: that is why a socket which is found here and which nobody answers can be replaced.
 *
 * Throws CommandSocketError: `socket_unsafe`, `socket_path_too_long`, `socket_in_use`, `socket_failed`.
 */
export async function startCommandSocket(options: CommandSocketOptions): Promise<{ close(): Promise<void> }> {
  const { path, context } = options;
  if (inspectSocket(path) === 'ours') await removeStale(path);
  const server = createServer((request, response) => {
    answer(request, context).then(
      ([status, body]) => send(response, status, body),
      () => response.destroy(),
    );
  });
  server.requestTimeout = 30_000;
  server.headersTimeout = 5_000;
  server.maxHeadersCount = 32;
  await listen(server, path);
  return {
    close: () =>
      new Promise((resolve) => {
        // Node removes the socket file as it closes. Commands under way are finished; idle connections are not kept.
        const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

async function listen(server: Server, path: string): Promise<void> {
  // The socket is made by bind() inside listen(), with what the mask leaves: never open to others, not for a moment.
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
      process.umask(mask);
    });
    chmodSync(path, 0o600);
  } catch (fault) {
    throw new CommandSocketError('socket_failed', `the command socket ${path} cannot be opened`, {
      cause: fault,
    });
  } finally {
    process.umask(mask);
  }
}

/** A socket file outlives a process that was killed. It goes only if nobody listens: a living one is somebody's. */
async function removeStale(path: string): Promise<void> {
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
  if (alive) throw new CommandSocketError('socket_in_use', `another process listens on ${path}`);
  unlinkSync(path);
}

async function answer(
  request: IncomingMessage,
  context: CommandSocketOptions['context'],
): Promise<readonly [number, SocketAnswer]> {
  if (request.method !== 'POST' || request.url !== '/command') {
    return [404, refused('not_found', 'only POST /command is answered here')];
  }
  const body = await readBody(request);
  if (body === null) return [413, refused('payload_too_large', 'the command is too large')];
  const message = parseRequest(body);
  if (message === null)
    return [400, refused('usage', 'not a command of this version; are both ends the same release?')];
  const command = findStoreCommand(message.command);
  if (command === null) return [404, refused('usage', 'the running gateway does not know this command')];
  try {
    const result = await command.run({ ...context, actor: message.actor }, message.input);
    return [200, { ok: true, result }];
  } catch (fault) {
    const { code, message: text, exitCode } = describeFault(fault);
    return [
      200,
      { ok: false, code, message: text, exitCode: exitCode === EXIT.refused ? EXIT.refused : EXIT.fault },
    ];
  }
}

function parseRequest(body: Buffer) {
  try {
    const parsed = socketRequest.safeParse(JSON.parse(body.toString('utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** null: larger than the bound; the rest is not read. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > SOCKET_REQUEST_MAX_BYTES) return null;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, status: number, body: SocketAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(body));
}

function refused(code: string, message: string): SocketAnswer {
  return { ok: false, code, message, exitCode: EXIT.refused };
}
