import { ENCRYPTED } from './pem.ts';
import type { FormatFault, PrivateKey } from './private-key.ts';

const MAGIC = 'openssh-key-v1\0';
const DAMAGED: FormatFault = { fault: 'is damaged: its OpenSSH structure is not that of an Ed25519 key' };

/**
 * An unencrypted OpenSSH private key (PROTOCOL.key of OpenSSH): magic, cipher, KDF and its options, number of
 * keys, public key, and the private section: two equal check words, key type, public key, seed || public key,
 * comment, padding 1, 2, 3, … to a multiple of eight. All three public keys must be the same.
 */
export function parseOpenSshKey(bytes: Uint8Array): PrivateKey | FormatFault {
  const reader = new Reader(bytes);
  if (reader.text(MAGIC.length) !== MAGIC) return DAMAGED;
  const cipher = reader.stringText();
  const kdf = reader.stringText();
  const kdfOptions = reader.string();
  const keys = reader.uint32();
  const publicBlob = reader.string();
  const secret = reader.string();
  if (cipher === null || kdf === null || kdfOptions === null || publicBlob === null || secret === null)
    return DAMAGED;
  if (!reader.atEnd()) return DAMAGED;
  if (cipher !== 'none' || kdf !== 'none') return { fault: ENCRYPTED };
  if (kdfOptions.length !== 0) return DAMAGED;
  if (keys !== 1) return { fault: 'holds more than one OpenSSH key; keep only one' };

  const outer = new Reader(publicBlob);
  const type = outer.stringText();
  if (type === null) return DAMAGED;
  if (type !== 'ssh-ed25519') return otherType(type);
  const outerPublicKey = outer.string();
  if (outerPublicKey === null || !outer.atEnd()) return DAMAGED;
  return parsePrivateSection(secret, outerPublicKey);
}

function parsePrivateSection(secret: Uint8Array, outerPublicKey: Uint8Array): PrivateKey | FormatFault {
  const reader = new Reader(secret);
  const check = reader.uint32();
  const again = reader.uint32();
  const type = reader.stringText();
  const publicKey = reader.string();
  const pair = reader.string();
  const comment = reader.string();
  if (check === null || check !== again || type !== 'ssh-ed25519') return DAMAGED;
  if (publicKey === null || pair === null || comment === null) return DAMAGED;
  if (publicKey.length !== 32 || pair.length !== 64 || secret.length % 8 !== 0) return DAMAGED;
  if (!isPadding(reader.rest())) return DAMAGED;
  if (!equal(publicKey, outerPublicKey) || !equal(publicKey, pair.subarray(32))) return DAMAGED;
  return { seed: pair.slice(0, 32), claimedPublicKey: publicKey.slice() };
}

function otherType(type: string): FormatFault {
  // The type is a name from the file's public part; anything but a known one is not repeated.
  const known = /^(ssh-(rsa|dss)|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9-]+@openssh\.com)$/.test(type);
  return { fault: `holds a key of the type ${known ? type : 'unknown'}; only Ed25519 keys sign here` };
}

/** OpenSSH pads to the cipher's block of eight bytes, so with at most seven. */
function isPadding(rest: Uint8Array): boolean {
  return rest.length < 8 && rest.every((byte, index) => byte === index + 1);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Reads SSH wire types; every read is checked against the end, and null says that it does not fit. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }

  take(length: number): Uint8Array | null {
    if (length > this.#bytes.length - this.#at) return null;
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }

  uint32(): number | null {
    const [a, b, c, d] = this.take(4) ?? [];
    if (a === undefined || b === undefined || c === undefined || d === undefined) return null;
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  }

  string(): Uint8Array | null {
    const length = this.uint32();
    return length === null ? null : this.take(length);
  }

  stringText(): string | null {
    const bytes = this.string();
    return bytes === null ? null : latin1(bytes);
  }

  text(length: number): string | null {
    const bytes = this.take(length);
    return bytes === null ? null : latin1(bytes);
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
