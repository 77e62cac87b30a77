import {
  createServer as createHttp,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { answer, type VaultState, VaultTokens } from './vault-stand-in-tokens.ts';
import { TransitKeys } from './vault-stand-in-transit.ts';

/**
 * A server that answers as the documentation of HashiCorp Vault and OpenBao says of Transit, AppRole, the token's own
 * endpoints and errors, over real Ed25519 keys. It is no Vault: it has one mount, one policy (all or nothing) and no
 * storage, and proves only that we follow what is documented.
 */
export interface VaultStandIn {
  readonly address: string;
  readonly transit: TransitKeys;
  readonly tokens: VaultTokens;
  /** Method and path of every request so far, e.g. `POST transit/sign/k`. */
  readonly requests: string[];
  /** Sizes of the batches so far; 1 for a single input. */
  readonly batches: number[];
  /** While sealed everything is answered 503. */
  sealed: boolean;
  /** The next answers, whatever is asked: fixed or made of the request's body; null: the connection is cut. */
  readonly next: NextAnswer[];
  stop(): Promise<void>;
}

export type NextAnswer = PlannedAnswer | null | ((body: Readonly<Record<string, unknown>>) => PlannedAnswer);

export interface PlannedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object | string;
}

export interface VaultStandInOptions {
  /** PEM; without: http. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Where the engine is mounted; default `transit`. */
  readonly mount?: string;
  /** Only requests of this namespace find anything; default none. */
  readonly namespace?: string;
  /** Bytes of one JSON string (`max_json_string_value_length`); default 1 MiB, as newer servers have it. */
  readonly maxStringBytes?: number;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

const MAX_REQUEST_BYTES = 32 * 1024 * 1024;

export async function startVaultStandIn(options: VaultStandInOptions = {}): Promise<VaultStandIn> {
  const state: VaultState = { now: options.now ?? Date.now };
  const transit = new TransitKeys(state, options.maxStringBytes ?? 1024 * 1024);
  const tokens = new VaultTokens(state);
  const mount = options.mount ?? 'transit';
  const next: NextAnswer[] = [];
  const requests: string[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const path = (request.url ?? '').replace(/^\/v1\//, '');
    requests.push(`${request.method} ${path}`);
    const planned = next.shift();
    if (planned === null) {
      request.socket.destroy();
      return;
    }
    if (planned !== undefined) {
      send(response, typeof planned === 'function' ? planned(body ?? {}) : planned);
      return;
    }
    if (standIn.sealed) {
      send(response, answer(503, { errors: ['Vault is sealed'] }));
      return;
    }
    if ((request.headers['x-vault-namespace'] ?? '') !== (options.namespace ?? '')) {
      send(response, answer(404, { errors: ['no handler for route. route entry not found.'] }));
      return;
    }
    if (body === null) {
      send(response, answer(413, { errors: ['http: request body too large'] }));
      return;
    }
    send(response, route(request, path, body, { transit, tokens, mount }));
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void handle(request, response).catch(() => response.destroy());
  };
  const server: Server =
    options.tls === undefined ? createHttp(listener) : createHttps(options.tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const scheme = options.tls === undefined ? 'http' : 'https';
  const standIn: VaultStandIn = {
    address: `${scheme}://127.0.0.1:${port}`,
    transit,
    tokens,
    requests,
    batches: transit.batches,
    sealed: false,
    next,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return standIn;
}

interface Engines {
  readonly transit: TransitKeys;
  readonly tokens: VaultTokens;
  readonly mount: string;
}

function route(
  request: IncomingMessage,
  path: string,
  body: Readonly<Record<string, unknown>>,
  { transit, tokens, mount }: Engines,
): PlannedAnswer {
  const { method } = request;
  if (path === 'auth/approle/login' && method === 'POST') return tokens.login(body);
  const token = String(request.headers['x-vault-token'] ?? '');
  if (!tokens.isValid(token)) return answer(403, { errors: ['permission denied'] });
  if (path === 'auth/token/lookup-self' && method === 'GET') return tokens.lookup(token);
  if (path === 'auth/token/renew-self' && method === 'POST') return tokens.renew(token);
  if (path === 'auth/token/revoke-self' && method === 'POST') {
    tokens.revoke(token);
    return { status: 204, body: '' };
  }
  const [, kind, name, verb] = path.startsWith(`${mount}/`)
    ? (/^(keys|sign)\/([^/]+)(?:\/(rotate|config))?$/.exec(path.slice(mount.length + 1)) ?? [])
    : [];
  if (name !== undefined && tokens.denied.has(`${kind}/${name}`)) {
    return answer(403, { errors: ['1 error occurred:\n\t* permission denied\n\n'] });
  }
  if (kind === 'keys' && name !== undefined) {
    if (method === 'GET' && verb === undefined) return transit.read(name);
    if (method === 'POST') return transit.change(name, verb ?? 'create', body);
  }
  if (kind === 'sign' && name !== undefined && method === 'POST') return transit.sign(name, body);
  return answer(404, { errors: [`no handler for route "${path}". route entry not found.`] });
}

/** null: larger than the server takes. */
async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>> | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_REQUEST_BYTES) chunks.push(chunk);
  }
  if (length > MAX_REQUEST_BYTES) return null;
  return length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>);
}

function send(response: ServerResponse, { status, headers, body }: PlannedAnswer): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(text);
}
