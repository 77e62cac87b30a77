import { eventsAdapter } from './adapters/events.ts';
import { nmapAdapter } from './adapters/nmap.ts';
import { nucleiAdapter } from './adapters/nuclei.ts';
import { ocsfAdapter } from './adapters/ocsf.ts';
import { sarifAdapter } from './adapters/sarif.ts';
import { suricataAdapter } from './adapters/suricata.ts';
import { MAX_LINE_BYTES, MAX_REPORT_BYTES } from './limits.ts';
import { sniff } from './sniff.ts';
import { headOf } from './source.ts';
import type { Adapter, Fault, ReportShape, ReportSource } from './types.ts';

/** Order matters where a record could be two things: a nuclei finding never has an event_id of ours. */
export const ADAPTERS: readonly Adapter[] = [
  nmapAdapter,
  nucleiAdapter,
  sarifAdapter,
  ocsfAdapter,
  suricataAdapter,
  eventsAdapter,
];

const KNOWN = 'canonical events (JSON), nmap XML, nuclei JSON, SARIF 2.1.0, OCSF findings or Suricata EVE';

/** First bytes of what people send by mistake, and what to do about it. */
const MISTAKES: readonly (readonly [bytes: readonly number[], code: Fault['code'], advice: string])[] = [
  [[0x1f, 0x8b], 'report_compressed', 'these are gzip bytes: unpack the file first'],
  [[0x50, 0x4b, 0x03, 0x04], 'report_compressed', 'these are zip bytes: unpack the file first'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'report_compressed', 'these are zstd bytes: unpack the file first'],
  [[0x42, 0x5a, 0x68], 'report_compressed', 'these are bzip2 bytes: unpack the file first'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'report_compressed', 'these are xz bytes: unpack the file first'],
  [[0xff, 0xfe], 'report_malformed', 'this is UTF-16: convert the file to UTF-8 first'],
  [[0xfe, 0xff], 'report_malformed', 'this is UTF-16: convert the file to UTF-8 first'],
];

/** Enough for nearly every report; the rest is looked at only where nothing was recognised in it. Bytes. */
const SMALL_HEAD = 64 * 1024;

/** By content alone: the name of a file says nothing (QUIRKS.md). An empty file is nuclei that found nothing. */
export function detectFormat(
  source: ReportSource,
): { readonly ok: true; readonly value: Adapter } | { readonly ok: false; readonly fault: Fault } {
  const fault = oversized(source) ?? mistaken(source, KNOWN);
  if (fault !== null) return { ok: false, fault };
  let shape: ReportShape | null = null;
  for (const limit of [SMALL_HEAD, MAX_LINE_BYTES]) {
    const { bytes, whole } = headOf(source, limit);
    const found = sniff(bytes);
    shape = found;
    // Cut off in the middle, an empty beginning is no empty report.
    const adapter =
      whole || found.kind !== 'empty' ? ADAPTERS.find((candidate) => candidate.detect(found)) : undefined;
    if (adapter !== undefined) return { ok: true, value: adapter };
    if (whole) break;
  }
  const expected = `${KNOWN}${seen(shape?.kind ?? 'empty', shape?.root ?? '')}`;
  return { ok: false, fault: { code: 'report_format_unknown', where: 'byte 0', expected } };
}

/** A file that is too large for anything, whatever it holds. */
export function oversized(source: ReportSource): Fault | null {
  return source.size <= MAX_REPORT_BYTES
    ? null
    : {
        code: 'report_too_large',
        where: `byte ${MAX_REPORT_BYTES}`,
        expected: `a report of at most ${MAX_REPORT_BYTES / 1024 / 1024 / 1024} GiB`,
      };
}

/** Bytes that no text begins with: nothing is ever unpacked, so a bomb is refused by its first bytes. */
export function mistaken(source: ReportSource, wanted: string): Fault | null {
  const { bytes } = headOf(source, 8);
  const mistake = MISTAKES.find(([first]) => first.every((byte, at) => bytes[at] === byte));
  if (mistake === undefined) return null;
  const [, code = 'report_malformed', advice] = mistake;
  return { code, where: 'byte 0', expected: `${wanted}; ${advice}` };
}

function seen(kind: string, root: string): string {
  switch (kind) {
    case 'xml':
      return root === '' ? '; this is XML without a root element' : '; this is XML of another kind';
    case 'json':
      return '; this is JSON of another kind';
    default:
      return '; this is neither XML nor JSON';
  }
}
