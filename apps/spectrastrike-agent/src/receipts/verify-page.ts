import {
  decodeEntryBundle,
  proveInclusionsFromTiles,
  TILE_WIDTH,
  type TileReader,
  type TreeHead,
  tileWidth,
  verifyInclusion,
} from '@nyxera/federation-protocol';
import type { AuditClient } from '../witness/audit-client.ts';
import { TileUnavailable } from '../witness/tree-reader.ts';
import { checkEntry } from './check-entry.ts';
import { parseReceipt, type Receipt } from './receipt.ts';
import type { DeliveredReceipt, ReceiptFinding } from './receipt-store.ts';

export interface PageParts {
  readonly client: Pick<AuditClient, 'tile'>;
  /** Of the tree of `head`; it may keep what the next page needs too. */
  readonly read: TileReader;
  readonly origin: string;
  /** The witnessed checkpoint. */
  readonly head: TreeHead;
}

/** The verification itself could not go on: it says nothing about any receipt. */
export interface PageFault {
  readonly code: string;
  readonly detail: string;
}

export type PageResult =
  | { readonly ok: true; readonly findings: readonly ReceiptFinding[] }
  | { readonly ok: false; readonly fault: PageFault };

type Claim = { readonly delivered: DeliveredReceipt; readonly receipt: Receipt };

/**
 * Confirms receipts against one witnessed tree, in the order of the log, so that neighbours share their tiles: one hash
 * tile and one entry bundle for 256 of them. What the gateway serves is not trusted: a leaf counts when it leads to
 * the signed root, and only then does another leaf in the place of the receipt's convict the gateway.
 */
export async function verifyPage(parts: PageParts, page: readonly DeliveredReceipt[]): Promise<PageResult> {
  const findings: ReceiptFinding[] = [];
  const claims: Claim[] = [];
  for (const delivered of page) {
    const receipt = delivered.receipt === null ? null : parseReceipt(delivered.receipt);
    const { seq } = delivered;
    if (receipt === null) {
      findings.push({
        kind: 'failed',
        seq,
        code: 'receipt_malformed',
        detail: 'the gateway gave something else than a receipt',
      });
    } else if (receipt.log !== parts.origin) {
      findings.push({
        kind: 'failed',
        seq,
        code: 'receipt_of_other_log',
        detail: 'the receipt is of another log than the witnessed one',
      });
    } else if (receipt.sequence >= parts.head.size) {
      findings.push({ kind: 'pending', seq });
    } else {
      claims.push({ delivered, receipt });
    }
  }
  claims.sort((left, right) => left.receipt.sequence - right.receipt.sequence);
  try {
    for (const tile of byTile(claims)) {
      const verified = await verifyTile(parts, tile);
      if (!verified.ok) return verified;
      findings.push(...verified.findings);
    }
  } catch (error) {
    if (!(error instanceof TileUnavailable)) throw error;
    return { ok: false, fault: { code: error.code, detail: error.message } };
  }
  return { ok: true, findings };
}

/** Runs of claims whose leaves are in one tile. They are in order. */
function byTile(claims: readonly Claim[]): readonly (readonly Claim[])[] {
  const tiles = new Map<number, Claim[]>();
  for (const claim of claims) {
    const index = Math.floor(claim.receipt.sequence / TILE_WIDTH);
    const tile = tiles.get(index);
    if (tile === undefined) tiles.set(index, [claim]);
    else tile.push(claim);
  }
  return [...tiles.values()];
}

async function verifyTile(parts: PageParts, claims: readonly Claim[]): Promise<PageResult> {
  const { head, read } = parts;
  const [first] = claims;
  if (first === undefined) return { ok: true, findings: [] };
  const index = Math.floor(first.receipt.sequence / TILE_WIDTH);
  const width = tileWidth(0, index, head.size) ?? 0;
  const leaves = await read({ level: 0, index, width });
  const proofs = await proveInclusionsFromTiles(
    read,
    claims.map(({ receipt }) => receipt.sequence),
    head.size,
  );
  if (!proofs.ok) return fault(proofs.code, proofs.detail);
  const bundle = await parts.client.tile({ level: 'entries', index, width });
  if (!bundle.ok) return fault(bundle.code, `entries of the log: ${bundle.detail}`);
  const entries = decodeEntryBundle(bundle.value, width);
  if (!entries.ok) return fault(entries.code, entries.detail);
  const findings: ReceiptFinding[] = [];
  for (const [position, { delivered, receipt }] of claims.entries()) {
    const { seq, requestId } = delivered;
    const within = receipt.sequence % TILE_WIDTH;
    const leaf = leaves.subarray(within * 32, within * 32 + 32);
    const proven = verifyInclusion(head, receipt.sequence, leaf, proofs.value[position] ?? []);
    if (!proven.ok) return fault(proven.code, 'the tiles are not those of the signed tree');
    if (!Buffer.from(leaf).equals(receipt.leafHash)) {
      findings.push(missing(seq, receipt.sequence));
      continue;
    }
    const { sequence, leafHash } = receipt;
    const obstacle = checkEntry(entries.value[within] ?? new Uint8Array(0), {
      sequence,
      leafHash,
      requestId,
    });
    findings.push(
      obstacle === null ? { kind: 'verified', seq, size: head.size } : wrongEntry(seq, sequence, obstacle),
    );
  }
  return { ok: true, findings };
}

function missing(seq: number, sequence: number): ReceiptFinding {
  const detail = `entry ${sequence} of the log is another one than the gateway gave a receipt for`;
  return { kind: 'failed', seq, code: 'receipt_missing', detail };
}

export function wrongEntry(seq: number, sequence: number, obstacle: string): ReceiptFinding {
  return { kind: 'failed', seq, code: 'receipt_entry_mismatch', detail: `entry ${sequence}: ${obstacle}` };
}

function fault(code: string, detail: string): PageResult {
  return { ok: false, fault: { code, detail } };
}
