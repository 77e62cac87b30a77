import { readFileSync } from 'node:fs';
import { errnoCode } from '@nyxera/federation-cli';
import { mayOthersWrite, OTHERS_MAY_WRITE_PROBLEM } from './may-others-write.ts';
import type { ConfigFault, Environment } from './settings.ts';

export const CONFIG_FILE_VARIABLE = 'SPECTRASTRIKE_CONFIG_FILE';

const ASSIGNMENT = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$/;

export interface MergedEnvironment {
  readonly environment: Environment;
  /** Names that the file sets, for the warning about names nobody reads. */
  readonly fromFile: readonly string[];
  readonly faults: readonly ConfigFault[];
}

/**
 * Lays the environment over the file that it names. The environment wins, so that one run can be changed
 * without touching the file. Nothing is expanded or executed: the file is data, also where it was written to
 * be sourced by a shell.
 */
export function mergeEnvironmentFile(environment: Environment): MergedEnvironment {
  const path = environment[CONFIG_FILE_VARIABLE]?.trim();
  if (path === undefined || path === '') return { environment, fromFile: [], faults: [] };
  let text: string;
  try {
    if (mayOthersWrite(path)) return refused(environment, OTHERS_MAY_WRITE_PROBLEM);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return refused(environment, `cannot be read (${errnoCode(error) ?? 'unknown error'})`);
  }
  const { values, faults } = parseEnvironmentFile(text);
  const merged: Record<string, string | undefined> = { ...values };
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && value.trim() !== '') merged[name] = value;
  }
  return { environment: merged, fromFile: Object.keys(values), faults };
}

function refused(environment: Environment, problem: string): MergedEnvironment {
  return { environment, fromFile: [], faults: [{ variable: CONFIG_FILE_VARIABLE, problem }] };
}

/** `KEY=value` lines, `export` allowed, `#` starts a comment line, one pair of quotes around a value is taken off. */
export function parseEnvironmentFile(text: string): {
  values: Record<string, string>;
  faults: ConfigFault[];
} {
  const values: Record<string, string> = {};
  const faults: ConfigFault[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const match = ASSIGNMENT.exec(line);
    const name = match?.[1];
    if (name === undefined) {
      faults.push({ variable: CONFIG_FILE_VARIABLE, problem: `line ${index + 1} is not NAME=value` });
      continue;
    }
    if (Object.hasOwn(values, name)) {
      faults.push({ variable: name, problem: `is set twice in the file (line ${index + 1})` });
      continue;
    }
    values[name] = unquote((match?.[2] ?? '').trim());
  }
  return { values, faults };
}

/** A shell writes a quote within single quotes as '\''; both that and plain quoting are undone. */
function unquote(value: string): string {
  const first = value[0];
  if (value.length < 2 || value.at(-1) !== first) return value;
  if (first === "'") return value.slice(1, -1).replaceAll("'\\''", "'");
  if (first === '"') return value.slice(1, -1).replaceAll(/\\(["\\$`])/g, '$1');
  return value;
}
