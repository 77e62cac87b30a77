import type { z } from 'zod';
import type { ErrorCode } from './error-codes.ts';
import { isJsonObject, type JsonValue } from './json-value.ts';
import { type Accepted, accept, type Rejection, reject } from './result.ts';

/**
 * Applies a schema and turns its first fault into a rejection. The path names only members that the schema knows:
 * an unknown member is reported by the object that holds it, so that an answer never echoes a name that a peer
 * chose.
 *
 * @param prefix JSON Pointer of what is checked within the body.
 */
export function checkSchema<S extends z.ZodType>(
  schema: S,
  value: JsonValue,
  code: ErrorCode = 'schema_invalid',
  prefix = '',
): Accepted<z.output<S>> | Rejection {
  // zod takes a `__proto__` member for noise and a number token for an object: both are refused before it looks.
  if (!isJsonObject(value)) {
    return reject(code, 'an object is required', prefix);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) {
    return accept(parsed.data);
  }
  const issue = parsed.error.issues[0];
  const path = (issue?.path ?? []).map(
    (step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`,
  );
  return reject(code, describe(issue), prefix + path.join(''));
}

function describe(issue: z.core.$ZodIssue | undefined): string {
  switch (issue?.code) {
    case 'unrecognized_keys':
      return 'the object has a member that the schema does not know';
    case 'invalid_type':
      return issue.input === undefined
        ? 'the member is missing'
        : `the member is not of type ${issue.expected}`;
    default:
      return 'the member is missing or breaks its rule';
  }
}
