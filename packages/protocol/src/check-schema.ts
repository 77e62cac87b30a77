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
  return reject(code, describe(issue), prefix + pointer(value, issue?.path ?? []));
}

/**
 * JSON Pointer to the fault. To zod a number token is an object, so that it complains about a member inside of one;
 * the fault is then where the token stands.
 */
function pointer(root: JsonValue, path: readonly PropertyKey[]): string {
  let text = '';
  let at: JsonValue | undefined = root;
  for (const step of path) {
    if (Array.isArray(at)) {
      at = (at as readonly JsonValue[])[Number(step)];
    } else if (isJsonObject(at)) {
      at = at[String(step)];
    } else {
      break;
    }
    text += `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;
  }
  return text;
}

function describe(issue: z.core.$ZodIssue | undefined): string {
  return issue?.code === 'unrecognized_keys'
    ? 'the object has a member that the schema does not know'
    : 'the member is missing or breaks its rule';
}
