import {
  proveConsistencyFromTiles,
  rootFromTiles,
  type TileReader,
  type TreeHead,
  verifyConsistency,
} from '@nyxera/federation-protocol';
import { TileUnavailable } from './tree-reader.ts';

/** That the offered tree holds another beginning than the remembered one; anybody can check it with the two notes. */
export interface ForkProof {
  /** RFC 9162 consistency proof from the remembered size to the offered tree. */
  readonly hashes: readonly Uint8Array[];
  /** The root that the offered tree has for the remembered size. */
  readonly otherRoot: Uint8Array;
}

export type Judgement =
  | { readonly kind: 'continues' }
  /** The log contradicts itself. `proof` is null where the two notes alone show it. */
  | {
      readonly kind: 'forked';
      readonly code: 'tree_shrunk' | 'tree_forked';
      readonly detail: string;
      readonly proof: ForkProof | null;
    }
  /** It cannot be told: tiles did not come, or are not those of the offered tree. No fork, and no proof either. */
  | {
      readonly kind: 'unproven';
      readonly code: string;
      readonly detail: string;
      /** The gateway answered what no honest log answers. False: it was away or busy. */
      readonly suspicious: boolean;
    };

/**
 * Whether the offered tree continues the remembered one. Both are signed by the log; the tiles are not, so a wrong tile
 * must not look like a fork: a gateway is convicted only by its own signatures, that is, by tiles that lead to the
 * root which it signed.
 */
export async function judgeContinuation(
  read: TileReader,
  remembered: TreeHead,
  offered: TreeHead,
): Promise<Judgement> {
  if (remembered.size === 0) return { kind: 'continues' };
  if (offered.size <= remembered.size) return judgeWithoutTiles(remembered, offered);
  try {
    const proof = await proveConsistencyFromTiles(read, remembered.size, offered.size);
    if (!proof.ok) return unproven(proof);
    const continues = verifyConsistency(remembered, offered, proof.value);
    if (continues.ok) return { kind: 'continues' };
    const other = await rootFromTiles(read, remembered.size);
    if (!other.ok) return unproven(other);
    const ofOther = verifyConsistency({ size: remembered.size, root: other.value }, offered, proof.value);
    if (!ofOther.ok)
      return unproven({ code: 'proof_mismatch', detail: 'the tiles are not those of the signed tree' });
    return {
      kind: 'forked',
      code: 'tree_forked',
      detail: `the tree of ${offered.size} entries does not continue the one of ${remembered.size}`,
      proof: { hashes: proof.value, otherRoot: other.value },
    };
  } catch (error) {
    if (!(error instanceof TileUnavailable)) throw error;
    return { kind: 'unproven', code: error.code, detail: error.message, suspicious: error.suspicious };
  }
}

function judgeWithoutTiles(remembered: TreeHead, offered: TreeHead): Judgement {
  const verified = verifyConsistency(remembered, offered, []);
  if (verified.ok) return { kind: 'continues' };
  const { code, detail } = verified;
  return code === 'tree_shrunk' || code === 'tree_forked'
    ? { kind: 'forked', code, detail, proof: null }
    : unproven(verified);
}

function unproven({ code, detail }: { readonly code: string; readonly detail: string }): Judgement {
  return { kind: 'unproven', code, detail, suspicious: true };
}
