import { isObject, openCommitments, parseObject } from '@nyxera/federation-protocol/audit-proof';

/** What an entry commits to by hash, and what is said beside it. */
export interface Disclosure {
  /** `tenant_id`, `operator_id`, `subject`, `client_address`. */
  readonly member: string;
  /** null: it is not disclosed (erased by retention). */
  readonly value: string | null;
  /** Whether the entry committed to that value; null where there is none. */
  readonly ok: boolean | null;
}

/** Each commitment of an entry by itself, in order of their names. Empty: the entry has none, or is no JSON object. */
export function verifyDisclosures(entry: string, disclosure: string): readonly Disclosure[] {
  const commitments = parseObject(entry)?.commitments;
  const disclosed = parseObject(disclosure) ?? {};
  if (!isObject(commitments)) return [];
  const members = new Set([...Object.keys(commitments), ...Object.keys(disclosed)]);
  return [...members].sort().map((member) => {
    const said = disclosed[member];
    if (said === undefined) return { member, value: null, ok: null };
    const { ok } = openCommitments(commitments, JSON.stringify({ [member]: said }));
    return { member, value: isObject(said) && typeof said.value === 'string' ? said.value : '', ok };
  });
}
