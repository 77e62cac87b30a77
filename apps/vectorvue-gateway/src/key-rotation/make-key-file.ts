import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { generateKeyFile } from '@nyxera/federation-key-custody';
import { v7 as uuidv7 } from 'uuid';
import type { MadeKey } from './rotate.ts';

/**
 * A private feedback key in `keys/` of the data directory: mode 0600, fsynced before its public half is known to
 * anybody, so a crash leaves at worst a file that nothing names. Every gateway that is to sign with it must find it
 * under this path.
 */
export async function makeFeedbackKey(dataDir: string): Promise<MadeKey> {
  const directory = resolve(dataDir, 'keys');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, `feedback-${uuidv7()}.pem`);
  return { key: await generateKeyFile(path), uri: `file:${path}` };
}
