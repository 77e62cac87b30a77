import { readFileSync, statSync } from 'node:fs';
import type { ConfigFault } from './gateway-config.ts';
import type { Variables } from './settings.ts';

const FILE_VARIABLE = 'VV_TG_CONFIG_FILE';
/** Variables that hold a password. */
export const SECRETS: readonly string[] = ['DATABASE_URL', 'VV_DB_URL', 'VV_DB_PASSWORD'];

/**
 * The environment, completed by the file that `VV_TG_CONFIG_FILE` names (PROTOCOL.md section 16).
 * Lines are `KEY=value`; blank lines and lines that begin with `#` are skipped; one pair of quotes around
 * the value is taken off; nothing is expanded. The environment wins.
 *
 * Who can write this file decides whom the gateway trusts, so nobody but its owner may; and where it holds
 * a password, nobody else may read it either.
 */
export function withConfigFile(environment: Variables): { variables: Variables; faults: ConfigFault[] } {
  const path = environment[FILE_VARIABLE]?.trim();
  if (path === undefined || path === '') return { variables: environment, faults: [] };
  const faults: ConfigFault[] = [];
  const fault = (problem: string): void => {
    faults.push({ variable: FILE_VARIABLE, problem });
  };

  let text: string;
  let mode: number;
  try {
    text = readFileSync(path, 'utf8');
    mode = statSync(path).mode;
  } catch {
    fault('names a file that cannot be read');
    return { variables: environment, faults };
  }

  const fromFile = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const parts = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=(.*)$/.exec(line);
    const key = parts?.[1];
    if (key === undefined) fault(`line ${index + 1} is not KEY=value`);
    else if (fromFile.has(key)) fault(`line ${index + 1} sets ${key} a second time`);
    else fromFile.set(key, unquote((parts?.[2] ?? '').trim()));
  }

  if ((mode & 0o022) !== 0) fault('names a file that others may write; chmod it to 0600');
  else if ((mode & 0o044) !== 0 && SECRETS.some((name) => fromFile.has(name))) {
    fault('names a file that holds a database password and that others may read; chmod it to 0600');
  }

  const set = Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== '');
  return { variables: { ...Object.fromEntries(fromFile), ...Object.fromEntries(set) }, faults };
}

function unquote(value: string): string {
  const quote = value[0];
  const quoted = value.length >= 2 && (quote === '"' || quote === "'") && value.endsWith(quote);
  return quoted ? value.slice(1, -1) : value;
}
