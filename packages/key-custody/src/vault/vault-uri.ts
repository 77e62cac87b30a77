import { accept, type Rejection, type Result, reject } from '@nyxera/federation-protocol';

/** What a `vault:` URI says, decoded. */
export interface VaultUri {
  /** Where the Transit engine is mounted, e.g. `transit` or `teams/red/transit`. */
  readonly mount: string;
  readonly keyName: string;
  /** null: the latest at the time of opening, which this signer then keeps. */
  readonly keyVersion: number | null;
  readonly address: URL;
  readonly auth: VaultAuth;
  readonly namespace: string | null;
  /** Absolute path of a PEM file with the CA of the server; null: the authorities that Node knows. */
  readonly caFile: string | null;
  /** Bytes; null: not stated. */
  readonly maxInputBytes: number | null;
  /** One request, milliseconds. */
  readonly timeoutMs: number;
}

export type VaultAuth =
  | { readonly kind: 'token'; readonly tokenFile: string }
  | {
      readonly kind: 'approle';
      readonly mount: string;
      readonly roleId: string;
      readonly secretIdFile: string;
    };

const PARAMETERS = [
  'address',
  'version',
  'token-file',
  'role-id',
  'secret-id-file',
  'auth-mount',
  'namespace',
  'ca-file',
  'max-input',
  'timeout-seconds',
];
const SECRETS = ['token', 'secret-id', 'secret_id', 'password'];
/** Parts of an API path: no dots at an end (Vault refuses them), nothing that could climb or escape. */
const PATH =
  /^[A-Za-z0-9_-](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?(?:\/[A-Za-z0-9_-](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?)*$/;
const LOOPBACK = /^(?:127(?:\.[0-9]{1,3}){3}|\[::1\]|localhost)$/;
const DEFAULT_TIMEOUT_SECONDS = 10;
const MAX_TIMEOUT_SECONDS = 120;

/**
 * `vault:MOUNT/keys/NAME?address=https://…` and then `token-file`, or `role-id` and `secret-id-file`. Refused with
 * `key_invalid`. A token or secret id in the URI is refused by name: URIs stand in configuration and logs. No detail
 * repeats a value.
 */
export function parseVaultUri(uri: string): Result<VaultUri> {
  const [path = '', ...queries] = uri.slice('vault:'.length).split('?');
  if (queries.length > 1) return refuse('it has more than one ?');
  const read = readParameters(queries[0] ?? '');
  if (!read.ok) return read;
  const get = (name: string): string | null => read.value.get(name) ?? null;

  const [, mount, keyName] = /^(.+)\/keys\/([^/]+)$/.exec(path) ?? [];
  if (mount === undefined || keyName === undefined || !PATH.test(mount) || !PATH.test(keyName)) {
    return refuse('it must begin MOUNT/keys/NAME, such as transit/keys/feedback');
  }
  const address = readAddress(get('address'));
  if (typeof address === 'string') return refuse(address);
  const auth = readAuth(get);
  if (typeof auth === 'string') return refuse(auth);
  const namespace = get('namespace')?.replace(/\/$/, '') ?? null;
  if (namespace !== null && !PATH.test(namespace))
    return refuse('namespace must be a path such as teams/red');
  const caFile = get('ca-file');
  if (caFile !== null && !caFile.startsWith('/')) return refuse('ca-file must be an absolute path');
  const version = get('version') === 'latest' ? null : count(get('version'), 1_000_000_000);
  if (version === undefined) return refuse('version must be latest or a number');
  const maxInputBytes = count(get('max-input'), Number.MAX_SAFE_INTEGER);
  if (maxInputBytes === undefined) return refuse('max-input must be a number of bytes');
  const timeout = count(get('timeout-seconds'), MAX_TIMEOUT_SECONDS);
  if (timeout === undefined) return refuse(`timeout-seconds must be 1 to ${MAX_TIMEOUT_SECONDS}`);
  const timeoutMs = 1000 * (timeout ?? DEFAULT_TIMEOUT_SECONDS);
  const common = { mount, keyName, keyVersion: version, address, auth };
  return accept({ ...common, namespace, caFile, maxInputBytes, timeoutMs });
}

function readParameters(query: string): Result<ReadonlyMap<string, string>> {
  const parameters = new Map<string, string>();
  for (const piece of query === '' ? [] : query.split('&')) {
    const equals = piece.indexOf('=');
    const name = piece.slice(0, Math.max(equals, 0));
    if (SECRETS.includes(name.toLowerCase())) {
      return refuse(
        'a token or secret id is not accepted in it, because a URI stands in logs; name a file of mode 0600 as token-file or secret-id-file',
      );
    }
    if (!PARAMETERS.includes(name))
      return refuse(`a parameter is not supported; supported are ${PARAMETERS.join(' ')}`);
    if (parameters.has(name)) return refuse(`${name} is given twice`);
    const value = decode(piece.slice(equals + 1));
    if (value === null || value === '') return refuse(`${name} is empty or wrongly encoded`);
    parameters.set(name, value);
  }
  return accept(parameters);
}

/** Visible ASCII after decoding: a line break in a header or path would be an injection. */
function decode(text: string): string | null {
  try {
    const value = decodeURIComponent(text);
    return /^[\x21-\x7e]*$/.test(value) ? value : null;
  } catch {
    return null;
  }
}

/** A sentence: what is wrong with it. */
function readAddress(text: string | null): URL | string {
  const url = text === null ? null : URL.parse(text);
  if (url === null) return 'address must be the URL of the server, such as https://vault.example:8200';
  if (
    url.username !== '' ||
    url.password !== '' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.pathname !== '/'
  ) {
    return 'address must be https://HOST:PORT and nothing more';
  }
  if (url.protocol === 'https:') return url;
  if (url.protocol === 'http:' && LOOPBACK.test(url.hostname)) return url;
  return 'address must be https: (http: only to loopback), because the token would travel in the clear';
}

function readAuth(get: (name: string) => string | null): VaultAuth | string {
  const tokenFile = get('token-file');
  const roleId = get('role-id');
  const secretIdFile = get('secret-id-file');
  const mount = get('auth-mount') ?? 'approle';
  if (!PATH.test(mount)) return 'auth-mount must be a path such as approle';
  if (tokenFile !== null && roleId === null && secretIdFile === null) {
    return tokenFile.startsWith('/') ? { kind: 'token', tokenFile } : 'token-file must be an absolute path';
  }
  if (tokenFile === null && roleId !== null && secretIdFile !== null) {
    const absolute = secretIdFile.startsWith('/');
    return absolute
      ? { kind: 'approle', mount, roleId, secretIdFile }
      : 'secret-id-file must be an absolute path';
  }
  return 'it needs either token-file, or role-id and secret-id-file';
}

/** null: absent; undefined: given, and no such number. */
function count(value: string | null, max: number): number | null | undefined {
  if (value === null) return null;
  return /^[1-9][0-9]{0,15}$/.test(value) && Number(value) <= max ? Number(value) : undefined;
}

function refuse(what: string): Rejection {
  return reject('key_invalid', `this vault: URI is refused: ${what}`);
}
