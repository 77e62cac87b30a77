import { execFile } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { KeyRequest } from './soft-hsm-program.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const run = promisify(execFile);
const MODULE_PATTERNS = ['/usr/lib/*/softhsm/libsofthsm2.so', '/usr/lib/softhsm/libsofthsm2.so'];
const UTILITIES = ['/usr/bin/softhsm2-util', '/usr/local/bin/softhsm2-util'];

/** Beside this file, compiled or not as it is. */
const PROGRAM = new URL(`./soft-hsm-program${extname(new URL(import.meta.url).pathname)}`, import.meta.url);

/** The SoftHSM2 of this machine; null: it is not installed (Debian package softhsm2). */
export function findSoftHsm(): { readonly modulePath: string; readonly utility: string } | null {
  const modulePath = MODULE_PATTERNS.flatMap((pattern) => globSync(pattern))[0];
  const utility = UTILITIES.find((path) => existsSync(path));
  return modulePath === undefined || utility === undefined ? null : { modulePath, utility };
}

/** Why no test can use a token on this machine; null: it can. */
export async function whyNoToken(): Promise<string | null> {
  if (findSoftHsm() === null) return 'SoftHSM2 is not installed (Debian package softhsm2)';
  const name: string = 'pkcs11js';
  return import(name).then(
    () => null,
    () => 'pkcs11js was not compiled (make, python3, a C++ compiler and the headers of Node are needed)',
  );
}

/** A SoftHSM2 with a directory of its own for its tokens. Each token has a random PIN, in a file of mode 0600. */
export interface SoftHsm {
  readonly modulePath: string;
  /** For `SOFTHSM2_CONF`. */
  readonly configurationPath: string;
  /** Holds the tokens, one directory each. */
  readonly tokensPath: string;
  createToken(label: string): Promise<SoftToken>;
  /** Generates a key pair in the token; the private half is not extractable unless asked for. */
  generateKey(token: SoftToken, key: SoftKeyOptions): Promise<GeneratedKey>;
  /** `pkcs11:` URI of a key of this token, with the PIN's file. */
  uri(token: SoftToken, keyLabel: string): string;
  /** As if the device were unplugged and plugged in again, with everything that is on it. */
  unplug(): Promise<void>;
  plugIn(): Promise<void>;
  remove(): void;
}

export interface SoftKeyOptions {
  readonly label: string;
  /** Hex of CKA_ID; default random. */
  readonly id?: string;
  readonly kind?: KeyRequest['kind'];
  readonly extractable?: boolean;
  readonly maySign?: boolean;
}

export interface GeneratedKey {
  /** Hex of CKA_ID. */
  readonly id: string;
  /** The last 32 bytes of CKA_EC_POINT; empty for other kinds. */
  readonly publicKey: Uint8Array;
}

export interface SoftToken {
  readonly label: string;
  readonly pin: string;
  readonly pinPath: string;
}

/** Throws where SoftHSM2 is not installed: ask `findSoftHsm` first. */
export async function createSoftHsm(): Promise<SoftHsm> {
  const found = findSoftHsm();
  if (found === null) throw new Error('SoftHSM2 is not installed (Debian package softhsm2)');
  const directory = temporaryDirectory('softhsm');
  const tokensPath = join(directory.path, 'tokens');
  const awayPath = join(directory.path, 'unplugged');
  const configurationPath = join(directory.path, 'softhsm2.conf');
  await mkdir(tokensPath, { mode: 0o700 });
  await writeFile(
    configurationPath,
    `directories.tokendir = ${tokensPath}\nobjectstore.backend = file\nlog.level = ERROR\n`,
    { mode: 0o600 },
  );
  return {
    modulePath: found.modulePath,
    configurationPath,
    tokensPath,
    createToken: async (label) => {
      const pin = String(randomInt(10_000_000, 100_000_000));
      const pinPath = join(directory.path, `${randomBytes(4).toString('hex')}.pin`);
      await writeFile(pinPath, `${pin}\n`, { mode: 0o600 });
      const soPin = String(randomInt(10_000_000, 100_000_000));
      const options = ['--init-token', '--free', '--label', label, '--pin', pin, '--so-pin', soPin];
      await run(found.utility, options, { env: { SOFTHSM2_CONF: configurationPath } });
      return { label, pin, pinPath };
    },
    generateKey: async (token, { label, kind = 'ed25519', extractable = false, maySign = true, ...rest }) => {
      const id = rest.id ?? randomBytes(4).toString('hex');
      const { label: tokenLabel, pin } = token;
      const names = { modulePath: found.modulePath, tokenLabel, pin, keyLabel: label, id };
      const request: KeyRequest = { ...names, kind, extractable, maySign };
      const generating = run(process.execPath, [fileURLToPath(PROGRAM)], {
        env: { SOFTHSM2_CONF: configurationPath },
      });
      generating.child.stdin?.end(JSON.stringify(request));
      const { stdout } = await generating;
      return { id, publicKey: new Uint8Array(Buffer.from(stdout, 'hex').subarray(-32)) };
    },
    uri: (token, keyLabel) =>
      `pkcs11:token=${encodeURIComponent(token.label)};object=${encodeURIComponent(keyLabel)}` +
      `?module-path=${found.modulePath}&pin-source=file:${token.pinPath}`,
    unplug: () => rename(tokensPath, awayPath),
    plugIn: () => rename(awayPath, tokensPath),
    remove: directory.remove,
  };
}
