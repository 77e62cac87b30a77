import { sign as edSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { PlannedAnswer } from './vault-stand-in.ts';
import { answer, type VaultState } from './vault-stand-in-tokens.ts';

interface Version {
  readonly privateKey: KeyObject;
  readonly publicKey: Uint8Array;
  readonly createdAt: string;
}

interface TransitKey {
  readonly type: string;
  readonly derived: boolean;
  readonly exportable: boolean;
  readonly versions: Map<number, Version>;
  minEncryptionVersion: number;
}

export interface TransitKeyOptions {
  readonly type?: string;
  readonly derived?: boolean;
  readonly exportable?: boolean;
}

/** The Transit engine: keys with versions, and signatures over one input or a batch. */
export class TransitKeys {
  readonly #state: VaultState;
  readonly #maxStringBytes: number;
  readonly #keys = new Map<string, TransitKey>();
  readonly batches: number[] = [];
  /** The next signature is damaged in one bit, as by a server at fault. */
  damageNext = false;

  constructor(state: VaultState, maxStringBytes: number) {
    this.#state = state;
    this.#maxStringBytes = maxStringBytes;
  }

  create(
    name: string,
    { type = 'ed25519', derived = false, exportable = false }: TransitKeyOptions = {},
  ): void {
    this.#keys.set(name, { type, derived, exportable, versions: new Map(), minEncryptionVersion: 0 });
    this.rotate(name);
  }

  rotate(name: string): number {
    const key = this.#get(name);
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    const version = Math.max(0, ...key.versions.keys()) + 1;
    const createdAt = new Date(this.#state.now()).toISOString();
    key.versions.set(version, { privateKey, publicKey: new Uint8Array(spki.subarray(-32)), createdAt });
    return version;
  }

  configure(name: string, minEncryptionVersion: number): void {
    this.#get(name).minEncryptionVersion = minEncryptionVersion;
  }

  /** `min_available_version` was raised: versions below are gone. */
  trim(name: string, below: number): void {
    const { versions } = this.#get(name);
    for (const version of versions.keys()) if (version < below) versions.delete(version);
  }

  publicKey(name: string, version: number): Uint8Array {
    const found = this.#get(name).versions.get(version);
    if (found === undefined) throw new Error('no such version');
    return found.publicKey;
  }

  /** What an administrator does over the API. */
  change(name: string, verb: string, body: Readonly<Record<string, unknown>>): PlannedAnswer {
    if (verb !== 'create' && !this.#keys.has(name))
      return answer(400, { errors: ['no existing key was found'] });
    if (verb === 'rotate') this.rotate(name);
    else if (verb === 'config') this.configure(name, Number(body.min_encryption_version ?? 0));
    // A key that is there already is left as it is, with a warning.
    else if (!this.#keys.has(name)) this.create(name, { type: String(body.type ?? 'aes256-gcm96') });
    return { status: 204, body: '' };
  }

  read(name: string): PlannedAnswer {
    const key = this.#keys.get(name);
    if (key === undefined) return answer(404, { errors: [] });
    const keys = Object.fromEntries(
      [...key.versions].map(([version, { publicKey, createdAt }]) => [
        String(version),
        { creation_time: createdAt, name: 'ed25519', public_key: Buffer.from(publicKey).toString('base64') },
      ]),
    );
    const { type, derived, exportable, minEncryptionVersion } = key;
    const latest = Math.max(...key.versions.keys());
    const flags = { supports_signing: true, supports_encryption: false, deletion_allowed: false };
    return answer(200, {
      data: {
        name,
        type,
        derived,
        exportable,
        keys,
        latest_version: latest,
        min_decryption_version: 1,
        min_encryption_version: minEncryptionVersion,
        ...flags,
      },
    });
  }

  sign(name: string, body: Readonly<Record<string, unknown>>): PlannedAnswer {
    const key = this.#keys.get(name);
    if (key === undefined) return answer(400, { errors: ['signing key not found'] });
    const asked = typeof body.key_version === 'number' ? body.key_version : 0;
    const version = asked === 0 ? Math.max(...key.versions.keys()) : asked;
    if (version < key.minEncryptionVersion) {
      return answer(400, { errors: ['cannot sign with a version below the minimum encryption version'] });
    }
    const batch = body.batch_input;
    const items = Array.isArray(batch) ? (batch as { input?: unknown }[]) : [{ input: body.input }];
    if (items.length === 0) return answer(400, { errors: ['missing batch input to process'] });
    if (items.some(({ input }) => typeof input === 'string' && input.length > this.#maxStringBytes)) {
      return answer(413, { errors: ['request body exceeds the maximum length of a JSON string'] });
    }
    this.batches.push(items.length);
    const results = items.map(({ input }) => this.#signOne(key.versions.get(version), version, input));
    if (Array.isArray(batch)) return answer(200, { data: { batch_results: results } });
    const [single] = results;
    return single !== undefined && 'error' in single
      ? answer(400, { errors: [single.error] })
      : answer(200, { data: single ?? {} });
  }

  #signOne(
    key: Version | undefined,
    version: number,
    input: unknown,
  ): { readonly signature: string; readonly key_version: number } | { readonly error: string } {
    if (key === undefined) return { error: 'no such version of the key' };
    if (typeof input !== 'string' || Buffer.from(input, 'base64').toString('base64') !== input) {
      return { error: 'unable to decode input as base64' };
    }
    const signature = edSign(null, Buffer.from(input, 'base64'), key.privateKey);
    if (this.damageNext) {
      this.damageNext = false;
      signature.writeUInt8(signature.readUInt8(40) ^ 1, 40);
    }
    return { signature: `vault:v${version}:${signature.toString('base64')}`, key_version: version };
  }

  #get(name: string): TransitKey {
    const key = this.#keys.get(name);
    if (key === undefined) throw new Error(`no key ${name}`);
    return key;
  }
}
