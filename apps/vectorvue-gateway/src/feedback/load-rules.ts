import { readFileSync } from 'node:fs';
import { checkYaml } from '../config/check-yaml.ts';
import type { ConfigFault } from '../config/gateway-config.ts';
import { DEFAULT_RULES_YAML } from './default-rules.ts';
import { type FeedbackRules, rulesFile } from './rules.ts';

export const RULES_VARIABLE = 'VV_TG_FEEDBACK_RULES_PATH';

export type RulesResult =
  | { readonly ok: true; readonly value: FeedbackRules; readonly text: string }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

/** Reads and checks the rules file; null: the default rules. Every fault is named, with its place. */
export function loadRules(path: string | null): RulesResult {
  if (path === null) return parseRules(DEFAULT_RULES_YAML);
  try {
    return parseRules(readFileSync(path, 'utf8'));
  } catch {
    return { ok: false, faults: [fault('names a file that cannot be read')] };
  }
}

export function parseRules(text: string): RulesResult {
  const checked = checkYaml(text, rulesFile);
  return checked.ok
    ? { ok: true, value: checked.value, text }
    : { ok: false, faults: checked.problems.map(fault) };
}

function fault(problem: string): ConfigFault {
  return { variable: RULES_VARIABLE, problem };
}
