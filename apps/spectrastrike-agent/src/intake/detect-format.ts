import { eventsAdapter } from './adapters/events.ts';
import { nmapAdapter } from './adapters/nmap.ts';
import { nucleiAdapter } from './adapters/nuclei.ts';
import { sarifAdapter } from './adapters/sarif.ts';
import { MAX_REPORT_BYTES } from './limits.ts';
import { sniff } from './sniff.ts';
import type { Adapter, Fault, Report } from './types.ts';

/** Order matters where a record could be two things: a nuclei finding never has an event_id of ours. */
export const ADAPTERS: readonly Adapter[] = [nmapAdapter, nucleiAdapter, sarifAdapter, eventsAdapter];

const KNOWN = 'canonical events (JSON), nmap XML, nuclei JSON or SARIF 2.1.0';

/** First bytes of what people send by mistake, and what to do about it. */
const MISTAKES: readonly (readonly [bytes: readonly number[], advice: string])[] = [
  [[0x1f, 0x8b], 'these are gzip bytes: unpack the file first'],
  [[0x50, 0x4b, 0x03, 0x04], 'these are zip bytes: unpack the file first'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'these are zstd bytes: unpack the file first'],
  [[0x42, 0x5a, 0x68], 'these are bzip2 bytes: unpack the file first'],
  [[0xff, 0xfe], 'this is UTF-16: convert the file to UTF-8 first'],
  [[0xfe, 0xff], 'this is UTF-16: convert the file to UTF-8 first'],
];

/** By content alone: the name of a file says nothing (QUIRKS.md). An empty file is nuclei that found nothing. */
export function detectFormat(
  report: Report,
): { readonly ok: true; readonly value: Adapter } | { readonly ok: false; readonly fault: Fault } {
  if (report.bytes.length > MAX_REPORT_BYTES) {
    return {
      ok: false,
      fault: { where: `byte ${MAX_REPORT_BYTES}`, expected: 'a report of at most 256 MiB' },
    };
  }
  const mistake = MISTAKES.find(([bytes]) => bytes.every((byte, at) => report.bytes[at] === byte));
  if (mistake !== undefined) {
    return { ok: false, fault: { where: 'byte 0', expected: `${KNOWN}; ${mistake[1]}` } };
  }
  const shape = sniff(report.bytes);
  const adapter = ADAPTERS.find((candidate) => candidate.detect(shape));
  if (adapter !== undefined) {
    return { ok: true, value: adapter };
  }
  return { ok: false, fault: { where: 'byte 0', expected: `${KNOWN}${seen(shape.kind, shape.root)}` } };
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
