import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryDirectory {
  /** Absolute, mode 0700, empty. */
  readonly path: string;
  /** Removes it with everything in it; a second call does nothing. Bound: `afterAll(directory.remove)` works. */
  readonly remove: () => void;
}

/** A fresh directory below the system's temporary directory, named `nyxera-<prefix>-…`. */
export function temporaryDirectory(prefix: string): TemporaryDirectory {
  const path = mkdtempSync(join(tmpdir(), `nyxera-${prefix}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
