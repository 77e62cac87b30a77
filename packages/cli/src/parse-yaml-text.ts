import { createRequire } from 'node:module';
import type { YAMLParseError } from 'yaml';

const load = createRequire(import.meta.url);

export type YamlText =
  | { readonly ok: true; readonly value: unknown }
  /** No YAML, or a name twice. */
  | { readonly ok: false; readonly errors: readonly YAMLParseError[] }
  /** An alias, which could unfold to gigabytes, or nesting that is the end of the parser's stack. */
  | { readonly ok: false; readonly errors: null };

/**
 * A text of the operator's as YAML 1.2. The library is loaded by the first text: most commands read none, and it is a
 * tenth of all that they would load.
 * @param schema failsafe: every scalar is text
 */
export function parseYamlText(text: string, schema: 'core' | 'failsafe'): YamlText {
  const { parseDocument } = load('yaml') as typeof import('yaml');
  try {
    const document = parseDocument(text, { uniqueKeys: true, schema, logLevel: 'error' });
    if (document.errors.length > 0) return { ok: false, errors: document.errors };
    return { ok: true, value: document.toJS({ maxAliasCount: 0 }) };
  } catch {
    return { ok: false, errors: null };
  }
}
