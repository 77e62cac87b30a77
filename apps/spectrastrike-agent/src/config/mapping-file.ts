import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errnoCode } from '@nyxera/federation-cli';
import { loadMapping, type Mapping, type RuleFault } from '../intake/index.ts';

export type MappingRead =
  | { readonly kind: 'read'; readonly mapping: Mapping }
  | { readonly kind: 'unreadable'; readonly why: string }
  /** Every fault of it at once. */
  | { readonly kind: 'faulty'; readonly faults: readonly RuleFault[] };

/** A mapping out of a file, and out of the file of line ranges beside it where it names one. */
export function readMappingFile(path: string): MappingRead {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return { kind: 'unreadable', why: errnoCode(error) ?? 'unknown error' };
  }
  const loaded = loadMapping(bytes, (name) => readFileSync(resolve(dirname(path), name)));
  return loaded.ok ? { kind: 'read', mapping: loaded.value } : { kind: 'faulty', faults: loaded.faults };
}
