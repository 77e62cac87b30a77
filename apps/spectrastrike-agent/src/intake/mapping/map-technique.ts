import type { JsonObject, JsonValue } from '@nyxera/federation-protocol';
import { namedTechniques } from '../attack/named-techniques.ts';
import type { TechniqueNamed } from '../types.ts';
import type { Mapping } from './load-mapping.ts';
import type { Path } from './mapping-schema.ts';
import { at, holds, scalar } from './select.ts';

export interface MappedTechniques {
  readonly techniques: readonly TechniqueNamed[];
  readonly tactics: readonly string[];
}

/**
 * What the range of its line says, else what the record names, else the first case that holds, else what stands in.
 * @param line from 1
 */
export function mapTechniques(record: JsonObject, line: number, { file, ranges }: Mapping): MappedTechniques {
  const { technique } = file;
  const range = ranges?.at(line) ?? null;
  if (range !== null) {
    const reason = `the mapping says so for lines ${range.first} to ${range.last}`;
    return {
      techniques: range.techniques.map((id) => ({ id, basis: 'mapping', reason })),
      tactics: range.tactics ?? [],
    };
  }
  const named = namedTechniques(listAt(record, technique.named));
  if (named.length > 0) {
    const tactics = listAt(record, technique.tactics).filter((id) => /^TA[0-9]{4}$/i.test(id));
    return { techniques: named, tactics };
  }
  const found = technique.cases?.find(({ when }) => holds(record, when));
  const { id, reason } = found ?? technique.otherwise;
  return { techniques: [{ id, basis: found === undefined ? 'inferred' : 'mapping', reason }], tactics: [] };
}

function listAt(record: JsonObject, path: Path | undefined): string[] {
  const value = path === undefined ? undefined : at(record, path);
  if (Array.isArray(value)) return value.flatMap((one) => scalar(one as JsonValue) ?? []);
  return (scalar(value) ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
