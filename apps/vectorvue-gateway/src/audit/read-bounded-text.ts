import { readFileSync, statSync } from 'node:fs';
import { MAX_PROOF_FILE_BYTES } from '@nyxera/federation-protocol/audit-proof';

/** The text of a file, or null where it cannot be read or is larger than any of ours. */
export function readBoundedText(path: string): string | null {
  try {
    return statSync(path).size <= MAX_PROOF_FILE_BYTES ? readFileSync(path, 'utf8') : null;
  } catch {
    return null;
  }
}
