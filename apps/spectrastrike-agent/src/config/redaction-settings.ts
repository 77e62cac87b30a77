import { readFileSync } from 'node:fs';
import { errnoCode } from '@nyxera/federation-cli';
import { loadRedactionRules, type RedactionRules } from '../intake/index.ts';
import type { Settings } from './settings.ts';

/**
 * `SPECTRASTRIKE_REDACTION_RULES_FILE`: rules that add to the built-in redaction. A file that is not right is a fault, and
 * nothing is spooled: what it was to remove would be signed.
 */
export function readRedactionRules(settings: Settings): RedactionRules | null {
  const setting = settings.find('SPECTRASTRIKE_REDACTION_RULES_FILE');
  if (setting === null) return null;
  const { variable, value } = setting;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(value);
  } catch (error) {
    return settings.fault(
      variable,
      `names a file that cannot be read (${errnoCode(error) ?? 'unknown error'})`,
    );
  }
  const loaded = loadRedactionRules(bytes);
  if (loaded.ok) return loaded.value;
  for (const { path, expected } of loaded.faults) {
    settings.fault(variable, path === '' ? `expected ${expected}` : `${path}: expected ${expected}`);
  }
  return null;
}
