import type { z } from 'zod';
import { type FieldFault, type Refusal, refusal } from './refusal.ts';

/** What came in by a schema, or a refusal that names each field. */
export function parseInput(
  code: 'filter_invalid' | 'input_invalid',
  schema: z.ZodObject | null,
  raw: unknown,
): { readonly ok: true; readonly value: unknown } | Refusal {
  if (schema === null) return { ok: true, value: undefined };
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { ok: true, value: parsed.data };
  return refusal(code, 'some fields are not usable', parsed.error.issues.flatMap(faultsOf));
}

function faultsOf(issue: z.core.$ZodIssue): readonly FieldFault[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: [...path, key].join('.'), message: 'is not known here' }));
  }
  return [{ field: path.join('.'), message: issue.message }];
}

/** Query parameters by name. Twice is a fault: which of two a filter means is for nobody to guess. */
export function parseQuery(
  text: string,
): { readonly ok: true; readonly value: Record<string, string> } | Refusal {
  const value: Record<string, string> = Object.create(null) as Record<string, string>;
  const faults: FieldFault[] = [];
  for (const [name, given] of new URLSearchParams(text)) {
    if (Object.hasOwn(value, name)) faults.push({ field: name, message: 'is given more than once' });
    value[name] = given;
  }
  if (faults.length > 0) return refusal('filter_invalid', 'some fields are not usable', faults);
  // A field that was cleared is a filter that is not set.
  for (const name of Object.keys(value)) if (value[name] === '') delete value[name];
  return { ok: true, value };
}
