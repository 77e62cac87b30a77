import { canonicalizeCompat } from '@nyxera/federation-protocol/canonical-json';
import { isJsonObject, type JsonValue } from '@nyxera/federation-protocol/strict-json';

export interface Member {
  /** JSON Pointer, RFC 6901. */
  readonly pointer: string;
  readonly value: string;
  readonly kind: 'text' | 'other';
}

/** Every leaf of a value, in order; numbers as their token, whatever their size. */
export function membersOf(value: JsonValue, pointer = ''): readonly Member[] {
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((part: JsonValue, index) => membersOf(part, `${pointer}/${index}`));
  }
  if (isJsonObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([name, part]) =>
      membersOf(part, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
    );
  }
  if (typeof value === 'string') return [{ pointer, value, kind: 'text' }];
  return [{ pointer, value: canonicalizeCompat(value), kind: 'other' }];
}
