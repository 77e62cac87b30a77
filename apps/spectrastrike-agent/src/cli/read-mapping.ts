import { readMappingFile } from '../config.ts';
import type { Mapping, ReportFormat } from '../intake/index.ts';
import { CliFault } from './cli-fault.ts';
import { EXIT_FAULT, EXIT_USAGE } from './exit-codes.ts';

/** The mapping that `--map` names; null where none is needed. Every fault of it at once. */
export function readMapping(format: ReportFormat | null, file: string | null): Mapping | null {
  if ((format === 'jsonl') !== (file !== null)) {
    throw new CliFault(EXIT_USAGE, '--format jsonl and --map go together');
  }
  if (file === null) return null;
  const read = readMappingFile(file);
  if (read.kind === 'read') return read.mapping;
  if (read.kind === 'unreadable') {
    throw new CliFault(EXIT_FAULT, `--map ${file} cannot be read (${read.why}); nothing was spooled`);
  }
  const faults = read.faults.map(({ path, expected }) => `${path || 'the file'}: ${expected}`);
  throw new CliFault(EXIT_FAULT, `--map ${file} is no mapping; nothing was spooled\n${faults.join('\n')}`);
}
