import { randomBytes } from 'node:crypto';
import { type Agent, type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { loadDaemonConfig } from '../../src/config.ts';
import { createDaemon } from '../../src/daemon/create-daemon.ts';
import type { DaemonContext, Running } from '../../src/daemon/service.ts';
import { DEFAULT_API_LIMITS } from '../../src/local-api/limits.ts';
import { localApi } from '../../src/local-api/local-api.ts';
import { createAgentLogger } from '../../src/logging.ts';
import { openState } from '../../src/state/open-state.ts';
import { type AgentFixture, createAgentFixture } from '../cli/agent-fixture.ts';

export interface DaemonFixture extends AgentFixture {
  /** What services of the daemon are given; its gateways are not started, so that everything stays spooled. */
  agent(more?: Readonly<Record<string, string>>): Promise<DaemonContext>;
}

export async function createDaemonFixture(): Promise<DaemonFixture> {
  const fixture = await createAgentFixture();
  const opened: { close(): void }[] = [];
  return {
    ...fixture,
    agent: async (more = {}) => {
      const environment = { ...fixture.environment, ...more };
      const config = await loadDaemonConfig(environment);
      if (!config.ok) throw new Error(JSON.stringify(config.faults));
      const state = openState(config.value.dataDir);
      opened.push(state);
      const context = {
        environment,
        stdout: { write: () => {}, isTerminal: false },
        stderr: { write: () => {}, isTerminal: false },
        stdin: Readable.from([]),
        now: Date.now,
        random: (bytes: number) => randomBytes(bytes),
        signal: new AbortController().signal,
      };
      const logger = createAgentLogger('error');
      return createDaemon({ context, config: config.value, state, logger }).context;
    },
    close: async () => {
      // A test that failed may have left one open, and an open server keeps the process.
      await Promise.all([...started].map((one) => one.close()));
      for (const state of opened) state.close();
      await fixture.close();
    },
  };
}

/** Limits short enough to be met in a test. */
export const SHORT_LIMITS: typeof DEFAULT_API_LIMITS = {
  ...DEFAULT_API_LIMITS,
  headersMs: 400,
  idleMs: 250,
  bodyMs: 500,
  reportMs: 500,
  eventsBytes: 64 * 1024,
  lineBytes: 16 * 1024,
  lines: 100,
  reportBytes: 1024 * 1024,
  connections: 16,
};

/** Not closed yet; `DaemonFixture.close` closes what a failing test left. */
const started = new Set<Running>();

export async function startApi(agent: DaemonContext, limits = SHORT_LIMITS): Promise<Running> {
  const running = await localApi({ limits }).start(agent);
  const tracked: Running = {
    ...running,
    close: async () => {
      started.delete(tracked);
      await running.close();
    },
  };
  started.add(tracked);
  return tracked;
}

export type Target = { readonly socketPath: string } | { readonly host: string; readonly port: number };

export function socketOf(agent: DaemonContext): { readonly socketPath: string } {
  return { socketPath: join(agent.state.dataDir, 'intake.sock') };
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; an empty object where it is none. */
  readonly json: Record<string, unknown>;
  /** `errors[0].error_code`. */
  readonly code: string | undefined;
}

export function ask(
  target: Target,
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: string | Uint8Array; connections?: Agent } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { ...target, method, path, headers: options.headers ?? {}, agent: options.connections ?? false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve(replyOf(response.statusCode ?? 0, response.headers, text));
        });
      },
    );
    sent.on('error', reject);
    sent.end(options.body);
  });
}

export function replyOf(status: number, headers: IncomingHttpHeaders, text: string): Reply {
  let json: Record<string, unknown> = {};
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // Metrics and the like.
  }
  const errors = json.errors as { error_code?: string }[] | undefined;
  return { status, headers, text, json, code: errors?.[0]?.error_code };
}

export const postJson = (
  target: Target,
  path: string,
  value: unknown,
  headers: Record<string, string> = {},
  connections?: Agent,
) =>
  ask(target, 'POST', path, {
    ...(connections === undefined ? {} : { connections }),
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof value === 'string' ? value : JSON.stringify(value),
  });

export const postLines = (target: Target, lines: readonly string[], query = '') =>
  ask(target, 'POST', `/v1/events${query}`, {
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  });

/** Writes bytes as they are and returns everything that comes back until the other side ends the connection. */
export function rawExchange(
  target: { readonly socketPath: string },
  write: (socket: Socket) => void,
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(target.socketPath);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
    socket.on('connect', () => write(socket));
  });
}

/** The status of a raw answer, and its code. */
export function rawOutcome(text: string): { status: number; code: string | undefined } {
  const status = Number(/^HTTP\/1\.1 ([0-9]{3})/.exec(text)?.[1] ?? 0);
  return { status, code: /"error_code":"([a-z_]+)"/.exec(text)?.[1] };
}

export function spooledIds(agent: DaemonContext): string[] {
  return agent.state.db
    .prepare('SELECT event_id FROM events ORDER BY seq')
    .all()
    .map((row) => String(row.event_id));
}
