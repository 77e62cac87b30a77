import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
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
  // Aliases are refused below by the limit: a rules file needs none, and nested ones can grow without bound.
  const document = parseDocument(text, { uniqueKeys: true, prettyErrors: true });
  if (document.errors.length > 0) {
    return {
      ok: false,
      faults: document.errors.map((error) => fault(`is not YAML: ${firstLine(error.message)}`)),
    };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch {
    return { ok: false, faults: [fault('uses YAML aliases, which are not allowed here')] };
  }
  const checked = rulesFile.safeParse(value);
  if (checked.success) return { ok: true, value: checked.data, text };
  return {
    ok: false,
    faults: checked.error.issues.map((issue) =>
      fault(`${issue.path.length === 0 ? 'the file' : issue.path.join('.')}: ${issue.message}`),
    ),
  };
}

function fault(problem: string): ConfigFault {
  return { variable: RULES_VARIABLE, problem };
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.replace(/:$/, '') ?? '';
}
