import { parseYamlText } from '@nyxera/federation-cli';
import type { ZodType } from 'zod';

/** What an operator's file says, or every fault of it in words, with its place. */
export type CheckedYaml<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problems: readonly string[] };

/** A text as YAML 1.2, of which JSON is a part, in the form of `schema`. */
export function checkYaml<Value>(text: string, schema: ZodType<Value>): CheckedYaml<Value> {
  const parsed = parseYamlText(text, 'core');
  if (!parsed.ok) {
    const problems = parsed.errors?.map((error) => `is not YAML: ${firstLine(error.message)}`);
    return { ok: false, problems: problems ?? ['uses YAML aliases, which are not allowed here'] };
  }
  const checked = schema.safeParse(parsed.value);
  if (checked.success) return { ok: true, value: checked.data };
  const problems = checked.error.issues.map(
    ({ path, message }) => `${path.length === 0 ? 'the file' : path.join('.')}: ${message}`,
  );
  return { ok: false, problems };
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.replace(/:$/, '') ?? '';
}
