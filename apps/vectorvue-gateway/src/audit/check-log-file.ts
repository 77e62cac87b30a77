import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type SignedCheckpoint, TileFrontier } from '@nyxera/federation-protocol';
import { leafHash } from './entry.ts';
import { LOG_FILE } from './evidence-folder.ts';
import { type ExportedLine, readExportLine } from './export-line.ts';
import { type FolderFault, folderFault } from './folder-fault.ts';

/** What the log says of a request, in order. */
export interface LoggedRequest {
  readonly codes: readonly string[];
  readonly actions: readonly string[];
}

export type LogFileCheck =
  | {
      readonly ok: true;
      /** By request id: those that were recorded in the time that the folder is about. */
      readonly requests: ReadonlyMap<string, LoggedRequest>;
      readonly entries: number;
      readonly pruned: number;
    }
  | { readonly ok: false; readonly fault: FolderFault };

/**
 * Builds the tree anew from every entry of an export and compares it with the signed root: then no entry below the
 * checkpoint is missing, changed, inserted or in another place. Memory grows with the requests that are asked for alone.
 */
export async function checkLogFile(
  path: string,
  checkpoint: SignedCheckpoint,
  time: { readonly from: string | null; readonly to: string | null },
): Promise<LogFileCheck> {
  const frontier = new TileFrontier();
  const requests = new Map<string, { codes: string[]; actions: string[] }>();
  let pruned = 0;
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const text of lines) {
    const place = `${LOG_FILE} line ${frontier.size + 1}`;
    const failed = (code: FolderFault['code'], detail: string) => ({
      ok: false as const,
      fault: folderFault(code, place, detail),
    });
    const line = readExportLine(text);
    if (line === null) return failed('file_invalid', 'this is no line of an export');
    if (line.sequence !== frontier.size) {
      return failed('gap', `entry ${frontier.size} should be here, and ${line.sequence} is`);
    }
    if (line.sequence >= checkpoint.size) {
      return failed('gap', `the checkpoint was signed over ${checkpoint.size} entries`);
    }
    if (line.text !== null && !Buffer.from(leafHash(line.text)).equals(line.leafHash)) {
      return failed('wrong_leaf', 'the leaf hash is not that of the entry');
    }
    frontier.append(line.leafHash);
    if (line.text === null) pruned += 1;
    else remember(requests, line, time);
  }
  const end = `${LOG_FILE} after line ${frontier.size}`;
  if (frontier.size < checkpoint.size) {
    const detail = `${checkpoint.size} entries were signed, and ${frontier.size} are here`;
    return { ok: false, fault: folderFault('gap', end, detail) };
  }
  if (!Buffer.from(frontier.root()).equals(checkpoint.root)) {
    const detail = 'these are not the entries that the checkpoint was signed over';
    return { ok: false, fault: folderFault('log_root', LOG_FILE, detail) };
  }
  return { ok: true, requests, entries: frontier.size, pruned };
}

function remember(
  requests: Map<string, { codes: string[]; actions: string[] }>,
  { entry }: ExportedLine,
  { from, to }: { readonly from: string | null; readonly to: string | null },
): void {
  const { request_id, recorded_at, code, action } = entry;
  if (typeof request_id !== 'string' || typeof recorded_at !== 'string') return;
  // Both are RFC 3339 in UTC with milliseconds, so their order is that of time.
  const at = Date.parse(recorded_at);
  if ((from !== null && at < Date.parse(from)) || (to !== null && at >= Date.parse(to))) return;
  const known = requests.get(request_id) ?? { codes: [], actions: [] };
  known.codes.push(String(code));
  known.actions.push(String(action));
  requests.set(request_id, known);
}
