import { isUtf8 } from 'node:buffer';
import { accept, type Rejection, type Result, reject } from '@nyxera/federation-protocol';

/** What a `pkcs11:` URI (RFC 7512) says, decoded. Absent attributes are null. */
export interface Pkcs11Uri {
  readonly token: TokenFilter;
  /** CKA_LABEL of the private key. */
  readonly object: string | null;
  /** CKA_ID of the private key. */
  readonly id: Uint8Array | null;
  /** Absolute path of the PKCS#11 library. */
  readonly modulePath: string;
  /** Absolute path of the file with the PIN. */
  readonly pinFile: string | null;
  /** Sessions that may sign at once, 1 to 16. */
  readonly sessions: number;
  /** As the operator states it, for a device whose limit is known. Bytes. */
  readonly maxInputBytes: number | null;
}

/** Every one that is given must match exactly (RFC 7512 section 2.5). */
export interface TokenFilter {
  readonly token: string | null;
  readonly serial: string | null;
  readonly manufacturer: string | null;
  readonly model: string | null;
}

const PATH_ATTRIBUTES = ['token', 'serial', 'manufacturer', 'model', 'object', 'id', 'type'];
const QUERY_ATTRIBUTES = ['module-path', 'pin-source', 'x-sessions', 'x-max-input'];
/** One thread of the pool each, of which there are four by default: two leave room for files and large verifications. */
const DEFAULT_SESSIONS = 2;
const MAX_SESSIONS = 16;
const MAX_URI_LENGTH = 4096;

type Attributes = ReadonlyMap<string, Uint8Array>;

/**
 * Refused with `key_invalid`. `pin-value` is refused by name: URIs stand in configuration, process lists and logs. No
 * detail repeats a value, nor the name of an attribute that is not known: what was mistyped may be the PIN.
 */
export function parsePkcs11Uri(uri: string): Result<Pkcs11Uri> {
  if (/pin-value/i.test(uri)) {
    return refuse(
      'pin-value is not accepted: a URI stands in logs; write the PIN to a file of mode 0600 and name it as pin-source',
    );
  }
  if (uri.length > MAX_URI_LENGTH) return refuse(`the URI is longer than ${MAX_URI_LENGTH} characters`);
  const [path = '', ...queries] = uri.slice('pkcs11:'.length).split('?');
  if (queries.length > 1) return refuse('the URI has more than one ?');
  const attributes = readAttributes(path, ';', PATH_ATTRIBUTES);
  if (!attributes.ok) return attributes;
  const query = readAttributes(queries[0] ?? '', '&', QUERY_ATTRIBUTES);
  if (!query.ok) return query;
  return assemble(attributes.value, query.value);
}

function assemble(path: Attributes, query: Attributes): Result<Pkcs11Uri> {
  const modulePath = text(query, 'module-path');
  if (modulePath === null || !modulePath.startsWith('/')) {
    return refuse('module-path must be the absolute path of the PKCS#11 library');
  }
  const type = text(path, 'type');
  if (type !== null && type !== 'private') return refuse('type may only be private');
  const object = text(path, 'object');
  const id = path.get('id') ?? null;
  if (object === null && id === null) return refuse('object or id must name the private key');
  const token = {
    token: text(path, 'token'),
    serial: text(path, 'serial'),
    manufacturer: text(path, 'manufacturer'),
    model: text(path, 'model'),
  };
  if (token.token === null && token.serial === null) return refuse('token or serial must name the token');
  const pinFile = readPinSource(text(query, 'pin-source'));
  if (pinFile === undefined) return refuse('pin-source must be the absolute path of a file, or file: and it');
  const sessions = count(query, 'x-sessions', MAX_SESSIONS);
  if (sessions === undefined) return refuse(`x-sessions must be a number from 1 to ${MAX_SESSIONS}`);
  const maxInputBytes = count(query, 'x-max-input', Number.MAX_SAFE_INTEGER);
  if (maxInputBytes === undefined) return refuse('x-max-input must be a number of bytes');
  return accept({
    token,
    object,
    id,
    modulePath,
    pinFile,
    sessions: sessions ?? DEFAULT_SESSIONS,
    maxInputBytes,
  });
}

function readAttributes(part: string, separator: string, known: readonly string[]): Result<Attributes> {
  const attributes = new Map<string, Uint8Array>();
  for (const piece of part === '' ? [] : part.split(separator)) {
    const equals = piece.indexOf('=');
    const name = piece.slice(0, Math.max(equals, 0));
    if (!known.includes(name))
      return refuse(`one of its attributes is not supported; supported are ${known.join(' ')}`);
    if (attributes.has(name)) return refuse(`${name} is given twice`);
    const value = percentDecode(piece.slice(equals + 1));
    // A name that is no UTF-8 must not become a filter that is absent, which would match any token.
    const readable = value !== null && (name === 'id' || isUtf8(value));
    if (!readable || value.length === 0) return refuse(`${name} is empty or wrongly encoded`);
    attributes.set(name, value);
  }
  return accept(attributes);
}

/** RFC 7512 section 2.3: unreserved and a few reserved characters as they are, everything else as %XX. */
function percentDecode(value: string): Uint8Array | null {
  if (!/^(?:[A-Za-z0-9\-._~:[\]@!$'()*+,=/|&]|%[0-9A-Fa-f]{2})*$/.test(value)) return null;
  return new Uint8Array(
    Buffer.from(
      value.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      'latin1',
    ),
  );
}

function text(attributes: Attributes, name: string): string | null {
  const value = attributes.get(name);
  return value === undefined ? null : Buffer.from(value).toString('utf8');
}

/** undefined: given, and no path. A `|command`, which the RFC warns of, is not run. */
function readPinSource(source: string | null): string | null | undefined {
  if (source === null) return null;
  const path = source.replace(/^file:(?:\/\/(?=\/))?/, '');
  return path.startsWith('/') ? path : undefined;
}

function count(attributes: Attributes, name: string, max: number): number | null | undefined {
  const value = text(attributes, name);
  if (value === null) return null;
  if (!/^[1-9][0-9]{0,15}$/.test(value)) return undefined;
  return Number(value) <= max ? Number(value) : undefined;
}

function refuse(what: string): Rejection {
  return reject('key_invalid', `this pkcs11: URI is refused: ${what}`);
}
