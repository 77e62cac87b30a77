import { request as httpRequest } from 'node:http';
import { startPostgres } from '@nyxera/federation-testing';
import type { Clock } from '../../src/accept/gateway.ts';
import type { ConsoleRole } from '../../src/console/roles.ts';
import { makeLink } from '../../src/console/session/links.ts';
import { createFederation, type Federation } from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

/** A whole gateway on a PostgreSQL of its own, with its console, for the tests of the API. One a test file: `beforeAll`. */
export interface ConsoleWorld {
  readonly federation: Federation;
  readonly gateway: TestGateway;
  /** `host:port` of the administration listener. */
  readonly listen: string;
  readonly databaseUrl: string;
  /** Somebody who is signed in, by a one-time link like people. Tenants: of viewers and analysts. */
  signIn(role: ConsoleRole, tenants?: readonly string[], name?: string): Promise<ConsoleClient>;
  /** Somebody who is not. */
  stranger(): ConsoleClient;
  /** A fresh link token, as `vectorvue-gateway console` would print it. */
  link(role: ConsoleRole, tenants?: readonly string[], name?: string): Promise<string>;
  close(): Promise<void>;
}

export interface ConsoleClient {
  readonly cookie: string | null;
  readonly csrf: string | null;
  /** `path` below /console/api/v1, with its query. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<ConsoleAnswer>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<ConsoleAnswer>;
}

export interface ConsoleAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely by tests
  readonly json: any;
}

/** `changes`: variables of the gateway; `clock`: to let sessions grow old. */
export async function openConsoleWorld(
  changes: Readonly<Record<string, string>> = {},
  clock?: Clock,
): Promise<ConsoleWorld> {
  await using undo = new AsyncDisposableStack();
  const federation = await createFederation();
  undo.defer(() => federation.remove());
  const server = await startPostgres({ fast: true });
  undo.defer(() => server.stop());
  const databaseUrl = await server.createDatabase();
  const gateway = await startTestGateway(federation, { DATABASE_URL: databaseUrl, ...changes }, clock);
  undo.defer(() => gateway.close());
  const listen = gateway.adminListen;
  const now = clock ?? { now: () => Date.now() };
  const link: ConsoleWorld['link'] = (role, tenants = [], name = role) => {
    const ofAll = role === 'operator' || role === 'officer';
    return makeLink(gateway.db, { name, role, tenants: ofAll ? null : tenants }, 'cli:tester', now.now());
  };
  const held = undo.move();
  return {
    federation,
    gateway,
    listen,
    databaseUrl,
    link,
    stranger: () => clientOf(listen, null, null),
    signIn: async (role, tenants, name) => {
      const answer = await clientOf(listen, null, null).post('/sign-in/link', {
        token: await link(role, tenants, name),
      });
      if (answer.status !== 200) throw new Error(`sign-in: ${answer.status} ${answer.text}`);
      return clientOf(listen, cookieOf(answer), String(answer.json.csrf));
    },
    close: () => held.disposeAsync(),
  };
}

/** `name=value` of the answer's cookie. */
export function cookieOf(answer: ConsoleAnswer): string {
  const [cookie = ''] = [answer.headers['set-cookie'] ?? []].flat();
  return cookie.split(';')[0] ?? '';
}

export function clientOf(listen: string, cookie: string | null, csrf: string | null): ConsoleClient {
  const common = { Host: listen, ...(cookie === null ? {} : { Cookie: cookie }) };
  return {
    cookie,
    csrf,
    get: (path, headers = {}) => send(listen, 'GET', `/console/api/v1${path}`, { ...common, ...headers }),
    post: (path, body, headers = {}) =>
      send(
        listen,
        'POST',
        `/console/api/v1${path}`,
        {
          ...common,
          Origin: `http://${listen}`,
          'Content-Type': 'application/json',
          ...(csrf === null ? {} : { 'X-Console-CSRF': csrf }),
          ...headers,
        },
        typeof body === 'string' ? body : JSON.stringify(body),
      ),
  };
}

/** One request to the administration listener, with exactly these headers. */
export function send(
  listen: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string | readonly string[]>>,
  body?: string,
): Promise<ConsoleAnswer> {
  const at = listen.lastIndexOf(':');
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: listen.slice(0, at),
        port: Number(listen.slice(at + 1)),
        method,
        path,
        agent: false,
        setHost: false,
        headers: {
          ...headers,
          ...(body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }),
        } as Record<string, string>,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
