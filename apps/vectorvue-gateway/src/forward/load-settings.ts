import { readFileSync, statSync } from 'node:fs';
import { checkYaml } from '../config/check-yaml.ts';
import type { ConfigFault } from '../config/gateway-config.ts';
import { type DestinationSettings, forwardFile } from './settings.ts';

export const FORWARD_VARIABLE = 'VV_TG_FORWARD_FILE';

export type ForwardSettingsResult =
  | { readonly ok: true; readonly destinations: readonly DestinationSettings[] }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

/**
 * Reads and checks the settings file; null: nothing is forwarded. Every fault is named, with its place. Whoever can
 * write the file decides who is told everything, so nobody but its owner may.
 */
export function loadForwardSettings(path: string | null): ForwardSettingsResult {
  if (path === null) return { ok: true, destinations: [] };
  let text: string;
  let mode: number;
  try {
    text = readFileSync(path, 'utf8');
    mode = statSync(path).mode;
  } catch {
    return { ok: false, faults: [fault('names a file that cannot be read')] };
  }
  const writable =
    (mode & 0o022) === 0 ? [] : [fault('names a file that others may write; chmod it to 0600')];
  const parsed = parseForwardSettings(text);
  if (parsed.ok && writable.length === 0) return parsed;
  return { ok: false, faults: [...writable, ...(parsed.ok ? [] : parsed.faults)] };
}

export function parseForwardSettings(text: string): ForwardSettingsResult {
  const checked = checkYaml(text, forwardFile);
  return checked.ok
    ? { ok: true, destinations: checked.value.destinations }
    : { ok: false, faults: checked.problems.map(fault) };
}

function fault(problem: string): ConfigFault {
  return { variable: FORWARD_VARIABLE, problem };
}
