import {
  decodeBase64Strict,
  isJsonObject,
  type JsonValue,
  type TreeHead,
  verifyInclusion,
} from '@nyxera/federation-protocol';
import { checkDisclosure, checkEntry, isLeaf } from './check-entry.ts';
import { parseReceipt } from './receipt.ts';
import type { DeliveredReceipt, ReceiptFinding } from './receipt-store.ts';
import { wrongEntry } from './verify-page.ts';

/** An answer of `GET …/receipt/{request_id}`, as far as it is used. */
export interface ServedReceipt {
  /** null: the log has no checkpoint yet. */
  readonly checkpoint: string | null;
  readonly entries: readonly ServedEntry[];
}

export interface ServedEntry {
  readonly sequence: number;
  /** As it was hashed. */
  readonly entry: string;
  readonly disclosure: string;
  /** null: the checkpoint does not reach it. */
  readonly proof: readonly Uint8Array[] | null;
}

/** A batch has at most so many items. */
const MAX_ENTRIES = 1000;
const MAX_PROOF_HASHES = 64;

/** Reads the answer; null where it has another form. Never throws. */
export function readServedReceipt(value: JsonValue): ServedReceipt | null {
  if (!isJsonObject(value)) return null;
  const { checkpoint, entries } = value;
  if (checkpoint !== null && typeof checkpoint !== 'string') return null;
  if (!Array.isArray(entries) || entries.length > MAX_ENTRIES) return null;
  const read = (entries as readonly JsonValue[]).map(readEntry);
  return read.every((one) => one !== null) ? { checkpoint, entries: read } : null;
}

function readEntry(value: JsonValue): ServedEntry | null {
  if (!isJsonObject(value)) return null;
  const { sequence, entry, disclosure, proof } = value;
  if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || sequence < 0) return null;
  if (typeof entry !== 'string' || typeof disclosure !== 'string') return null;
  if (proof === null) return { sequence, entry, disclosure, proof };
  if (!Array.isArray(proof) || proof.length > MAX_PROOF_HASHES) return null;
  const hashes = (proof as readonly JsonValue[]).map((one) =>
    typeof one === 'string' ? decodeBase64Strict(one) : null,
  );
  return hashes.every((hash) => hash !== null && hash.length === 32)
    ? { sequence, entry, disclosure, proof: hashes as readonly Uint8Array[] }
    : null;
}

/**
 * One receipt by the proof that the gateway serves for its request, against the witnessed checkpoint which came with
 * it. With what the gateway discloses of the entry it is also checked whose event it records, and which: more than
 * tiles can show. What was disclosed once may have been erased since, which takes nothing from the entry.
 * @returns null where the answer proves nothing about the receipt, neither way: then tiles must tell.
 */
export function verifyOne(
  delivered: DeliveredReceipt,
  served: ServedReceipt,
  head: TreeHead,
  origin: string,
): { readonly finding: ReceiptFinding; readonly opened: boolean } | null {
  const { seq, requestId, eventId, operatorId } = delivered;
  const receipt = delivered.receipt === null ? null : parseReceipt(delivered.receipt);
  if (receipt === null || receipt.log !== origin || receipt.sequence >= head.size) return null;
  const { sequence, leafHash } = receipt;
  const entry = served.entries.find((one) => one.sequence === sequence);
  if (entry === undefined || entry.proof === null) return null;
  if (!verifyInclusion(head, sequence, leafHash, entry.proof).ok) return null;
  const bytes = new TextEncoder().encode(entry.entry);
  if (!isLeaf(bytes, leafHash)) return null;
  const obstacle = checkEntry(bytes, { sequence, leafHash, requestId });
  if (obstacle !== null) return { finding: wrongEntry(seq, sequence, obstacle), opened: false };
  const tenantId = delivered.tenantId.toLowerCase();
  const disclosed = checkDisclosure(bytes, entry.disclosure, { eventId, tenantId, operatorId });
  return disclosed.obstacle === null
    ? { finding: { kind: 'verified', seq, size: head.size }, opened: disclosed.complete }
    : { finding: wrongEntry(seq, sequence, disclosed.obstacle), opened: false };
}
