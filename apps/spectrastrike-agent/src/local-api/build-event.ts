import { parseStrictJson } from '@nyxera/federation-protocol';
import { type BuildContext, buildEvents, type NewEvent } from '../intake/index.ts';
import { MAX_REPORT_DEPTH } from '../intake/limits.ts';
import type { ApiCode } from './api-codes.ts';

export type BuiltEvent =
  | { readonly ok: true; readonly event: NewEvent }
  | {
      readonly ok: false;
      readonly code: ApiCode;
      readonly expected: string;
      /** JSON Pointer of the member at fault, where there is one. */
      readonly path?: string;
    };

const NAME = 'event';

/** The bytes of one canonical event (PROTOCOL.md section 7) -> what is spooled. By intake, as if it came in a file. */
export function buildEvent(bytes: Uint8Array, context: BuildContext): BuiltEvent {
  const parsed = parseStrictJson(bytes, { maxDepth: MAX_REPORT_DEPTH });
  if (!parsed.ok) return { ok: false, code: 'invalid_json', expected: `strict JSON; ${parsed.detail}` };
  if (bytes[firstInk(bytes)] !== 0x7b) {
    return { ok: false, code: 'schema_invalid', expected: 'one canonical event: a JSON object' };
  }
  const built = buildEvents({ name: NAME, bytes }, context);
  const [event] = built.events;
  if (built.format !== 'events') {
    return {
      ok: false,
      code: 'schema_invalid',
      expected: 'a canonical event; a report goes to /v1/reports',
      path: '/event_id',
    };
  }
  if (event !== undefined) return { ok: true, event };
  const fault = built.faults[0];
  const member = /^line 1, (.+)$/.exec(fault?.where ?? '')?.[1];
  return {
    ok: false,
    code: 'schema_invalid',
    expected: fault?.expected ?? 'a canonical event',
    ...(member === undefined ? {} : { path: `/${member}` }),
  };
}

function firstInk(bytes: Uint8Array): number {
  return bytes.findIndex((byte) => byte > 0x20);
}
