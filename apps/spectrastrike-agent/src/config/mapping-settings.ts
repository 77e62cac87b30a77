import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errnoCode } from '@nyxera/federation-cli';
import type { Mapping } from '../intake/index.ts';
import { readMappingFile } from './mapping-file.ts';
import { mayOthersWrite, OTHERS_MAY_WRITE_PROBLEM } from './may-others-write.ts';
import type { Settings } from './settings.ts';

export const MAPPINGS_VARIABLE = 'SPECTRASTRIKE_MAPPINGS_DIR';

/** What a mapping may be called: a client of the local API says it in a query, and it never becomes a path. */
export const MAPPING_NAME: RegExp = /^[a-z0-9][a-z0-9._-]{0,63}$/;

const SUFFIX = '.yaml';
const MAX_MAPPINGS = 256;

/** The mappings that the local API and watched folders may use, by name. Read once; a client's name is only looked up. */
export type Mappings = ReadonlyMap<string, Mapping>;

export interface ReadMappings {
  readonly mappings: Mappings;
  /** Also of those that have a fault: whoever names one is not at fault, too. */
  readonly names: ReadonlySet<string>;
}

/**
 * `SPECTRASTRIKE_MAPPINGS_DIR`: each `NAME.yaml` of the folder is the mapping NAME; files beside them (line ranges, notes)
 * and those that begin with a dot are left alone. Every fault of every mapping is recorded: a folder with one mapping that
 * is not right is refused as a whole, because what uses it would read nothing.
 */
export function readMappings(settings: Settings): ReadMappings {
  const mappings = new Map<string, Mapping>();
  const names = new Set<string>();
  const setting = settings.find(MAPPINGS_VARIABLE);
  if (setting === null) return { mappings, names };
  const fault = (problem: string): null => settings.fault(MAPPINGS_VARIABLE, problem);
  for (const file of mappingFiles(setting.value, fault)) {
    const name = file.slice(0, -SUFFIX.length);
    names.add(name);
    if (!MAPPING_NAME.test(name)) {
      fault(`${file}: a name is 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit`);
      continue;
    }
    const mapping = readOne(join(setting.value, file), (problem) => fault(`${file}: ${problem}`));
    if (mapping !== null) mappings.set(name, mapping);
  }
  return { mappings, names };
}

function mappingFiles(directory: string, fault: (problem: string) => null): readonly string[] {
  try {
    if (mayOthersWrite(directory)) fault(OTHERS_MAY_WRITE_PROBLEM);
    const files = readdirSync(directory).filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.'));
    if (files.length <= MAX_MAPPINGS) return files.sort();
    fault(`holds more than ${MAX_MAPPINGS} mappings`);
  } catch (error) {
    fault(`names a folder that cannot be read (${errnoCode(error) ?? 'unknown error'})`);
  }
  return [];
}

function readOne(path: string, fault: (problem: string) => null): Mapping | null {
  try {
    // Before it is opened: to open a pipe would wait for whoever writes to it.
    if (!statSync(path).isFile()) return fault('is no regular file');
    if (mayOthersWrite(path)) return fault(OTHERS_MAY_WRITE_PROBLEM);
  } catch (error) {
    return fault(`cannot be read (${errnoCode(error) ?? 'unknown error'})`);
  }
  const read = readMappingFile(path);
  if (read.kind === 'read') return read.mapping;
  if (read.kind === 'unreadable') return fault(`cannot be read (${read.why})`);
  for (const { path: member, expected } of read.faults) {
    fault(`${member === '' ? '' : `${member}: `}expected ${expected}`);
  }
  return null;
}
