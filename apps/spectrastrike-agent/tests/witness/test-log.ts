import { generateKeyPairSync, sign } from 'node:crypto';
import {
  type Ed25519PublicKey,
  encodeEntryBundle,
  formatCheckpoint,
  formatNote,
  formatVerifierKey,
  importPublicKey,
  merkleLeafHash,
  merkleRoot,
  NOTE_ED25519,
  noteKeyId,
  parseTilePath,
  type Tile,
  type TreeHead,
} from '@nyxera/federation-protocol';
import { parseLogKeys } from '../../src/config/audit-log-settings.ts';
import type { TrustedLog } from '../../src/config.ts';
import type { AuditClient, Fetched } from '../../src/witness/audit-client.ts';

export const ORIGIN = 'gateway.example/audit';

export interface LogKey {
  readonly key: Ed25519PublicKey;
  sign(text: string): Uint8Array;
}

export function logKey(): LogKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = importPublicKey(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  if (!key.ok) throw new Error(key.detail);
  return { key: key.value, sign: (text) => new Uint8Array(sign(null, Buffer.from(text), privateKey)) };
}

export function verifierKey(key: LogKey, origin = ORIGIN): string {
  return formatVerifierKey({ name: origin, type: NOTE_ED25519, key: key.key });
}

export function trusted(key: LogKey, origin = ORIGIN): TrustedLog {
  const parsed = parseLogKeys([verifierKey(key, origin)]);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.log;
}

/** A whole log in memory, made of its entries: a gateway's without the gateway. */
export class TestLog {
  readonly key: LogKey;
  readonly origin: string;
  readonly entries: Uint8Array[];
  /** Paths that were asked for. */
  readonly asked: string[] = [];

  constructor(entries: readonly Uint8Array[], key: LogKey = logKey(), origin: string = ORIGIN) {
    this.entries = [...entries];
    this.key = key;
    this.origin = origin;
  }

  static of(count: number, text: (n: number) => string = (n) => `entry ${n}`, key?: LogKey): TestLog {
    return new TestLog(
      Array.from({ length: count }, (_, n) => new TextEncoder().encode(text(n))),
      key,
    );
  }

  leaves(size: number = this.entries.length): Uint8Array[] {
    return this.entries.slice(0, size).map(merkleLeafHash);
  }

  head(size: number = this.entries.length): TreeHead {
    return { size, root: merkleRoot(this.leaves(size)) };
  }

  checkpoint(size: number = this.entries.length): string {
    const text = formatCheckpoint({ origin: this.origin, ...this.head(size) });
    const keyId = noteKeyId(this.origin, NOTE_ED25519, this.key.key);
    return formatNote(text, [{ name: this.origin, keyId, signature: this.key.sign(text) }]);
  }

  tile({ level, index, width }: Tile): Uint8Array | null {
    const first = index * 256;
    if (level === 'entries') {
      const bundle = this.entries.slice(first, first + width);
      return bundle.length === width ? encodeEntryBundle(bundle) : null;
    }
    const span = 256 ** level;
    const leaves = this.leaves();
    const hashes: Uint8Array[] = [];
    for (let n = first; n < first + width && (n + 1) * span <= leaves.length; n += 1) {
      hashes.push(merkleRoot(leaves.slice(n * span, (n + 1) * span)));
    }
    return hashes.length === width ? new Uint8Array(Buffer.concat(hashes)) : null;
  }

  tileAt(path: string): Uint8Array | null {
    const tile = parseTilePath(path);
    return tile === null ? null : this.tile(tile);
  }

  /** What the agent's client would bring, changed as a test likes. */
  client(
    change: (tile: Tile, bytes: Uint8Array) => Uint8Array | null = (_, bytes) => bytes,
  ): Pick<AuditClient, 'tile'> {
    return {
      tile: async (tile): Promise<Fetched<Uint8Array>> => {
        this.asked.push(`${tile.level}/${tile.index}.${tile.width}`);
        const bytes = this.tile(tile);
        const served = bytes === null ? null : change(tile, bytes);
        return served === null
          ? { ok: false, absent: true, code: 'not_found', detail: 'the gateway answered 404' }
          : { ok: true, value: served };
      },
    };
  }
}

export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  const at = Math.floor(bit / 8) % changed.length;
  changed[at] = (changed[at] ?? 0) ^ (1 << (bit % 8));
  return changed;
}
