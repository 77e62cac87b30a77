import { sha256Hex } from '#digest-backend';
import { concatBytes, utf8 } from '../utf8.ts';

/** What an entry says about somebody is in it as SHA-256(32-byte salt || UTF-8 value), hex; salt and value lie beside it. */
export type OpenedCommitments =
  | { readonly ok: true; readonly disclosure: Readonly<Record<string, unknown>> }
  /** The member that is something else than what was committed to; empty: the whole. */
  | { readonly ok: false; readonly member: string };

/**
 * Whether a disclosure says what its entry committed to. Members that are not disclosed (erased) are no fault.
 * @param commitments the entry's member of that name. @param disclosureText JSON: member -> `{salt, value}`.
 */
export function openCommitments(commitments: unknown, disclosureText: string): OpenedCommitments {
  const disclosure = parseObject(disclosureText);
  if (!isObject(commitments) || disclosure === null) return { ok: false, member: '' };
  for (const [member, disclosed] of Object.entries(disclosure)) {
    if (!isObject(disclosed) || !matches(disclosed, commitments[member])) return { ok: false, member };
  }
  return { ok: true, disclosure };
}

function matches({ salt, value }: Readonly<Record<string, unknown>>, commitment: unknown): boolean {
  if (typeof salt !== 'string' || typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(salt)) return false;
  return sha256Hex(concatBytes(fromHex(salt), utf8(value))) === commitment;
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, at) =>
    Number.parseInt(text.slice(at * 2, at * 2 + 2), 16),
  );
}

/** A JSON object, or null. Never throws. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
