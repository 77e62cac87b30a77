import type { JsonValue } from './json-value.ts';

/**
 * Objects of the parser: nothing is inherited, so `__proto__`, `constructor` and `toString` are ordinary
 * members and `in` means what it says. A constructor function instead of Object.create(null), because V8 keeps
 * such objects in fast mode.
 */
export const JsonRecord = function JsonRecord() {} as unknown as new () => Record<string, JsonValue>;
JsonRecord.prototype = Object.freeze(Object.create(null));
