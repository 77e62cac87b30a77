import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errnoCode } from '@nyxera/federation-cli';
import { loadMapping, type Mapping, type ReportFormat } from '../intake/index.ts';
import { CliFault } from './cli-fault.ts';
import { EXIT_FAULT, EXIT_USAGE } from './exit-codes.ts';

/** The mapping that `--map` names; null where none is needed. Every fault of it at once. */
export function readMapping(format: ReportFormat | null, file: string | null): Mapping | null {
  if ((format === 'jsonl') !== (file !== null)) {
    throw new CliFault(EXIT_USAGE, '--format jsonl and --map go together');
  }
  if (file === null) return null;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const why = errnoCode(error) ?? 'unknown error';
    throw new CliFault(EXIT_FAULT, `--map ${file} cannot be read (${why}); nothing was spooled`);
  }
  const loaded = loadMapping(bytes, (name) => readFileSync(resolve(dirname(file), name)));
  if (loaded.ok) return loaded.value;
  const faults = loaded.faults.map(({ path, expected }) => `${path || 'the file'}: ${expected}`);
  throw new CliFault(EXIT_FAULT, `--map ${file} is no mapping; nothing was spooled\n${faults.join('\n')}`);
}
