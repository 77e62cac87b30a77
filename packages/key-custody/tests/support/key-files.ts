import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of its own for a test file, and files with a mode in it. */
export class Workspace {
  readonly path: string = mkdtempSync(join(tmpdir(), 'nyxera-keys-'));
  #files = 0;

  write(content: Uint8Array | string, mode = 0o600): string {
    this.#files += 1;
    const path = join(this.path, `file-${this.#files}`);
    writeFileSync(path, content, { mode, flag: 'wx' });
    return path;
  }

  readonly remove = (): void => rmSync(this.path, { recursive: true, force: true });
}

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export function publicKeyOf(seed: Uint8Array): Uint8Array {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  return new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32));
}

export function pem(label: string, bytes: Uint8Array, width = 64): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** RFC 8410 version 0: seed only. */
export function pkcs8(seed: Uint8Array): Uint8Array {
  return Buffer.concat([PKCS8_PREFIX, seed]);
}

/** RFC 8410 version 1 (RFC 5958): seed and public key; optionally with an empty set of attributes. */
export function pkcs8WithPublicKey(seed: Uint8Array, publicKey: Uint8Array, attributes = false): Uint8Array {
  const set = attributes ? Buffer.from('a000', 'hex') : Buffer.alloc(0);
  const head = Buffer.from([0x30, 0x51 + set.length]);
  const version = Buffer.from('020101300506032b657004220420', 'hex');
  return Buffer.concat([head, version, seed, set, Buffer.from('812100', 'hex'), publicKey]);
}

export interface OpenSshParts {
  readonly cipher?: string;
  readonly kdf?: string;
  readonly kdfOptions?: Uint8Array;
  readonly keys?: number;
  readonly type?: string;
  readonly outerPublicKey?: Uint8Array;
  readonly innerPublicKey?: Uint8Array;
  readonly pairPublicKey?: Uint8Array;
  readonly checks?: readonly [number, number];
  readonly comment?: string;
  readonly padding?: readonly number[];
  readonly trailing?: Uint8Array;
}

/** An OpenSSH private key as `ssh-keygen -N ''` writes it, with any part replaced. */
export function openSsh(seed: Uint8Array, parts: OpenSshParts = {}): Uint8Array {
  const publicKey = publicKeyOf(seed);
  const type = parts.type ?? 'ssh-ed25519';
  const [check, again] = parts.checks ?? [0x01020304, 0x01020304];
  const unpadded = Buffer.concat([
    uint32(check),
    uint32(again),
    text(type),
    string(parts.innerPublicKey ?? publicKey),
    string(Buffer.concat([seed, parts.pairPublicKey ?? publicKey])),
    text(parts.comment ?? 'key@test'),
  ]);
  const missing = (8 - (unpadded.length % 8)) % 8;
  const padding = parts.padding ?? Array.from({ length: missing }, (_, index) => index + 1);
  return Buffer.concat([
    Buffer.from('openssh-key-v1\0', 'latin1'),
    text(parts.cipher ?? 'none'),
    text(parts.kdf ?? 'none'),
    string(parts.kdfOptions ?? new Uint8Array()),
    uint32(parts.keys ?? 1),
    string(Buffer.concat([text(type), string(parts.outerPublicKey ?? publicKey)])),
    string(Buffer.concat([unpadded, Buffer.from(padding)])),
    parts.trailing ?? new Uint8Array(),
  ]);
}

export function openSshPem(seed: Uint8Array, parts: OpenSshParts = {}): string {
  return pem('OPENSSH PRIVATE KEY', openSsh(seed, parts), 70);
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function string(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function text(value: string): Uint8Array {
  return string(Buffer.from(value, 'latin1'));
}
