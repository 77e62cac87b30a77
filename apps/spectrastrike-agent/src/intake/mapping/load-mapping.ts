import { createHash } from 'node:crypto';
import { parseYamlText } from '@nyxera/federation-cli';
import { decodeUtf8 } from '../json/utf8.ts';
import { LineRanges, readRanges } from './line-ranges.ts';
import { MappingFile, type Range } from './mapping-schema.ts';
import { isZone } from './zone.ts';

/** Larger than any that people read; bytes. */
const MAX_BYTES = 1024 * 1024;

/** A mapping that was checked, ready to map. */
export interface Mapping {
  readonly file: MappingFile;
  readonly ranges: LineRanges | null;
  /** Hex SHA-256 over all that decides: the file, and that of the ranges. Part of the mapping version. */
  readonly sha256: string;
}

/** `path`: the way to the member at fault, e.g. "time/0/zone"; '' for the file as a whole. */
export interface RuleFault {
  readonly path: string;
  readonly expected: string;
}

export type LoadedMapping =
  | { readonly ok: true; readonly value: Mapping }
  | { readonly ok: false; readonly faults: readonly RuleFault[] };

/**
 * A mapping out of a YAML (or JSON) text: every fault with its path, unknown members among them, because a misspelt
 * name would silently map nothing.
 * @param readBeside bytes of a file that is named relative to the mapping; throws where it cannot be read
 */
export function loadMapping(bytes: Uint8Array, readBeside: (name: string) => Uint8Array): LoadedMapping {
  const parsed = parseYaml(bytes, MAX_BYTES);
  if (!parsed.ok) return parsed;
  const checked = MappingFile.safeParse(parsed.value);
  if (!checked.success) return { ok: false, faults: faultsOf(checked.error.issues) };
  const file = checked.data;
  const zones = file.time.flatMap(({ zone }, index) =>
    zone === undefined || isZone(zone)
      ? []
      : [{ path: `time/${index}/zone`, expected: 'UTC, an offset such as +02:00, or an IANA zone' }],
  );
  if (zones.length > 0) return { ok: false, faults: zones };
  const hash = createHash('sha256').update(bytes);
  const { by_line: byLine } = file.technique;
  if (byLine === undefined) return { ok: true, value: { file, ranges: null, sha256: hash.digest('hex') } };
  const ranges = rangesOf(byLine, readBeside, (more) => hash.update('\0').update(more));
  if (!ranges.ok) return refused('technique/by_line', ranges.expected);
  return { ok: true, value: { file, ranges: ranges.value, sha256: hash.digest('hex') } };
}

type Ranges =
  | { readonly ok: true; readonly value: LineRanges }
  | { readonly ok: false; readonly expected: string };

function rangesOf(
  byLine: NonNullable<MappingFile['technique']['by_line']>,
  readBeside: (name: string) => Uint8Array,
  onBytes: (bytes: Uint8Array) => void,
): Ranges {
  if (isList(byLine)) return LineRanges.of(byLine);
  let bytes: Uint8Array;
  try {
    bytes = readBeside(byLine.file);
  } catch {
    return { ok: false, expected: `a file ${byLine.file} beside the mapping that can be read` };
  }
  onBytes(bytes);
  const read = readRanges(bytes, byLine);
  return read.ok ? LineRanges.of(read.value) : read;
}

function isList(byLine: NonNullable<MappingFile['technique']['by_line']>): byLine is Range[] {
  return Array.isArray(byLine);
}

/**
 * YAML without aliases, which could unfold to gigabytes, and without a name twice.
 * @param schema failsafe: every scalar is text
 */
export function parseYaml(
  bytes: Uint8Array,
  limit: number,
  schema: 'core' | 'failsafe' = 'core',
):
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly faults: readonly RuleFault[] } {
  if (bytes.length > limit) return refused('', `a file of at most ${limit} bytes`);
  const text = decodeUtf8(bytes);
  if (text === null) return refused('', 'UTF-8');
  const parsed = parseYamlText(text, schema);
  if (parsed.ok) return parsed;
  const error = parsed.errors?.[0];
  if (error === undefined) return refused('', 'YAML without aliases, and not nested too deeply');
  const line = error.linePos?.[0].line;
  return refused(line === undefined ? '' : `line ${line}`, `YAML (${error.code.toLowerCase()})`);
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly errors?: readonly (readonly Issue[])[];
  readonly keys?: readonly string[];
}

/** Of a choice, the faults of the alternative that fits best: the one whose faults lie deepest, or are fewest. */
export function faultsOf(issues: readonly Issue[], base: readonly PropertyKey[] = []): RuleFault[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path];
    const alternatives = issue.errors ?? [];
    if (alternatives.length > 0) {
      const best = [...alternatives].sort(
        (a, b) => depth(b) - depth(a) || a.length - b.length || unknown(a) - unknown(b),
      )[0];
      return faultsOf(best ?? [], path);
    }
    return [{ path: path.map(String).join('/'), expected: issue.message }];
  });
}

function depth(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length + (issue.errors === undefined ? 0 : 1)));
}

function unknown(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.keys?.length ?? 0), 0);
}

function refused(path: string, expected: string): { ok: false; faults: readonly RuleFault[] } {
  return { ok: false, faults: [{ path, expected }] };
}
