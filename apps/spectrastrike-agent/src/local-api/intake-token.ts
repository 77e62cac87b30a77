import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errnoCode } from '@nyxera/federation-cli';
import { readSecretFile } from '@nyxera/federation-key-custody';

/** 256 bits, base64url: 43 characters. */
const TOKEN_BYTES = 32;
/** A token that somebody chose must not be guessable over a socket that answers 10,000 times a second. */
const SHORTEST_TOKEN = 32;
const TOKEN = /^[\x21-\x7e]+$/;

export type TokenResult =
  | { readonly ok: true; readonly token: string }
  | { readonly ok: false; readonly problem: string };

/** Where `run` makes one, unless the settings name another. */
export function ownTokenFile(dataDir: string): string {
  return join(dataDir, 'intake-token');
}

/** The bearer token in a file of mode 0600. `make`: written where the file does not exist, as for the default path. */
export async function readIntakeToken(path: string, make: boolean): Promise<TokenResult> {
  if (make) makeToken(path);
  const read = await readSecretFile(path);
  if (!read.ok) return { ok: false, problem: read.detail };
  const token = Buffer.from(read.value).toString('latin1').trim();
  if (token.length < SHORTEST_TOKEN || token.length > 512 || !TOKEN.test(token)) {
    return { ok: false, problem: `holds no token: ${SHORTEST_TOKEN} to 512 visible ASCII characters` };
  }
  return { ok: true, token };
}

/** Nothing where the file is there already, whatever it holds: reading says what is wrong with it. */
function makeToken(path: string): void {
  let handle: number;
  try {
    handle = openSync(path, 'wx', 0o600);
  } catch (error) {
    if (errnoCode(error) === 'EEXIST') return;
    throw error;
  }
  try {
    writeSync(handle, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
