import {
  canonicalizeCompat,
  isJsonObject,
  type JsonObject,
  parseStrictJson,
} from '@nyxera/federation-protocol';
import { parseObject } from '@nyxera/federation-protocol/audit-proof';

/** What an export reads of an entry. */
export interface ExportedRow {
  readonly sequence: number;
  readonly entry: string;
  readonly disclosure: string;
  readonly leaf_hash: Uint8Array;
  readonly pruned_by: string | null;
}

/**
 * One line of an export. `entry` is the entry as an object, whose canonical form (compat, PROTOCOL.md section 10) is the
 * text that was hashed; of a pruned one only the hash is left, and who pruned it.
 */
export function writeExportLine(row: ExportedRow, disclose: boolean): string {
  const head = `{"sequence":${row.sequence},"leaf_hash":"${Buffer.from(row.leaf_hash).toString('hex')}"`;
  if (row.pruned_by !== null) return `${head},"pruned_by":"${row.pruned_by}"}`;
  // Entry and disclosure are canonical JSON as it was stored: written as they are, never through a parser. Where a store
  // was tampered with they may be anything; then they go as text, so that a line stays a line.
  const entry = parseObject(row.entry) === null ? JSON.stringify(row.entry) : row.entry;
  const disclosure = parseObject(row.disclosure) === null ? JSON.stringify(row.disclosure) : row.disclosure;
  return oneLine(`${head},"entry":${entry}${disclose ? `,"disclosure":${disclosure}` : ''}}`);
}

/** What a line of an export says; `text` is what must have been hashed, null where the entry was pruned. */
export interface ExportedLine {
  readonly sequence: number;
  readonly leafHash: Uint8Array;
  readonly text: string | null;
  readonly entry: JsonObject;
  readonly prunedBy: string | null;
}

/** null: no line of an export. Read by the strict parser, which knows no second meaning of a line. */
export function readExportLine(line: string): ExportedLine | null {
  const parsed = parseStrictJson(Buffer.from(line, 'utf8'));
  if (!parsed.ok || !isJsonObject(parsed.value)) return null;
  const { sequence, leaf_hash, entry, pruned_by } = parsed.value;
  if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence)) return null;
  if (typeof leaf_hash !== 'string' || !/^[0-9a-f]{64}$/.test(leaf_hash)) return null;
  const leafHash = new Uint8Array(Buffer.from(leaf_hash, 'hex'));
  if (typeof pruned_by === 'string' && entry === undefined) {
    return { sequence, leafHash, text: null, entry: {}, prunedBy: pruned_by };
  }
  if (!isJsonObject(entry)) return null;
  return { sequence, leafHash, text: canonicalizeCompat(entry), entry, prunedBy: null };
}

/** Stored text cannot hold a line break where it is canonical; where it is not, it must not make two lines of one. */
function oneLine(text: string): string {
  return text.replaceAll('\n', ' ').replaceAll('\r', ' ');
}
