import { merkleLeafHash, verifyInclusion } from '@nyxera/federation-protocol/tlog';
import { fromBase64Url, hashesOf, toBase64Url } from './bytes.ts';
import { merklePath, type PathStep } from './merkle-path.ts';
import { type OpenedLog, openLog, type Signers } from './open-log.ts';
import { failed, proven, type Verdict } from './verdict.ts';

/** The answer of `GET /audit/entries/{sequence}/proof`. */
export interface InclusionAnswer extends Signers {
  readonly sequence: number;
  /** base64url. */
  readonly leaf_hash: string;
  readonly checkpoint: string;
  /** base64url each. */
  readonly proof: readonly string[];
}

export interface Inclusion extends OpenedLog {
  readonly leaf: Uint8Array;
  readonly path: readonly PathStep[];
}

/**
 * That an entry is where it says in the log that was signed: leaf hash computed here, path to the root, signature of the
 * checkpoint. Nothing of the answer is believed but as a claim.
 * @param entry its exact text; null where its text was pruned, and the hash is all that is left of it.
 * @param trusted keys of the log from elsewhere, as text; null: the answer's own.
 */
export function verifyEntryInclusion(
  entry: string | null,
  answer: InclusionAnswer,
  trusted: string | null,
): Verdict<Inclusion> {
  const claimed = fromBase64Url(answer.leaf_hash);
  const proof = hashesOf(answer.proof);
  if (claimed === null || proof === null) return failed('answer_malformed', 'a hash is no base64url');
  const leaf = entry === null ? claimed : merkleLeafHash(new TextEncoder().encode(entry));
  if (toBase64Url(leaf) !== answer.leaf_hash) {
    return failed(
      'leaf_mismatch',
      'the text of the entry does not have the leaf hash that the log has for it',
    );
  }
  const opened = openLog(answer.checkpoint, answer, trusted);
  if (!opened.ok) return opened;
  const { checkpoint } = opened.value;
  const included = verifyInclusion(checkpoint, answer.sequence, leaf, proof);
  if (!included.ok) return failed(included.code, included.detail);
  return proven({ ...opened.value, leaf, path: merklePath(answer.sequence, checkpoint.size, leaf, proof) });
}
