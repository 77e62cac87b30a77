import type { ForwardEntry, ForwardFinding, OutgoingRecord } from './entry.ts';
import { type EntryFilter, isSelected } from './select-entry.ts';
import { toEntryRecord } from './to-entry-record.ts';
import { toOcsf } from './to-ocsf.ts';
import { writeJson } from './write-json.ts';

/** What is handed on at once, and where the cursor stands when it is delivered. */
export interface Batch {
  /** Empty: the filter let nothing of these entries pass. */
  readonly records: readonly OutgoingRecord[];
  /** Sequence after the last entry, of those left out, too. */
  readonly next: number;
  /** Entries that records are about. */
  readonly entries: number;
}

export interface BatchSettings {
  readonly format: 'ocsf' | 'entry';
  readonly filter: EntryFilter;
  readonly batch: { readonly max_records: number; readonly max_bytes: number };
}

/** Cuts a page into batches, between entries: the records of one entry are delivered together or not at all. */
export function makeBatches(
  settings: BatchSettings,
  page: readonly ForwardEntry[],
  findings: ReadonlyMap<number, ForwardFinding>,
): readonly Batch[] {
  const { max_records: maxRecords, max_bytes: maxBytes } = settings.batch;
  const batches: Batch[] = [];
  let records: OutgoingRecord[] = [];
  let entries = 0;
  let bytes = 0;
  let next = page[0]?.sequence ?? 0;
  const close = (): void => {
    batches.push({ records, next, entries });
    records = [];
    entries = 0;
    bytes = 0;
  };
  for (const entry of page) {
    const made = isSelected(settings.filter, entry) ? toRecords(settings, entry, findings) : [];
    const size = made.reduce((sum, record) => sum + writeJson(record.json).length, 0);
    const isFull = records.length + made.length > maxRecords || bytes + size > maxBytes;
    if (made.length > 0 && records.length > 0 && isFull) close();
    records.push(...made);
    bytes += size;
    if (made.length > 0) entries += 1;
    next = entry.sequence + 1;
  }
  if (page.length > 0) close();
  return batches;
}

function toRecords(
  settings: BatchSettings,
  entry: ForwardEntry,
  findings: ReadonlyMap<number, ForwardFinding>,
): readonly OutgoingRecord[] {
  if (settings.format === 'entry') return [toEntryRecord(entry)];
  return toOcsf(entry, findings.get(entry.sequence) ?? null);
}
