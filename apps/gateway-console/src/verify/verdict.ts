import type { TlogCode } from '@nyxera/federation-protocol/tlog';

/**
 * - the codes of the protocol's transparency log;
 * - `answer_malformed`: what the gateway sent is none of its forms;
 * - `leaf_mismatch`: the entry does not have the leaf hash that is proven;
 * - `key_missing`: there is no key of the log to verify by.
 */
export type VerdictCode = TlogCode | 'answer_malformed' | 'leaf_mismatch' | 'key_missing';

/** What came of a check in this browser. */
export type Verdict<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly code: VerdictCode; readonly detail: string };

export function proven<Value>(value: Value): Verdict<Value> {
  return { ok: true, value };
}

export function failed(code: VerdictCode, detail: string): Verdict<never> {
  return { ok: false, code, detail };
}
