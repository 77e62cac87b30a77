/**
 * W3C Trace Context, the header `traceparent`, strictly: what does not have its form is no context. It is not signed and
 * decides nothing (PROTOCOL.md is silent on it); it only lets the lines that both ends log of one attempt be found together.
 * Nothing of a tracing SDK is here: no spans, no `tracestate`, no export.
 */
export interface Traceparent {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero: the span of the caller. */
  readonly parentId: string;
  /** The caller may have recorded it. */
  readonly sampled: boolean;
}

const VERSION_00 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
/** A later version may go on after the parts that we know; 255 is none. */
const LATER = /^(?!ff|00)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-[!-~]{0,200})?$/;
const ZERO = /^0+$/;

/** null: malformed. */
export function parseTraceparent(text: string): Traceparent | null {
  const found = VERSION_00.exec(text) ?? LATER.exec(text);
  const [, traceId = '', parentId = '', flags = ''] = found ?? [];
  if (found === null || ZERO.test(traceId) || ZERO.test(parentId)) return null;
  return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** Version 00. */
export function formatTraceparent({ traceId, parentId, sampled }: Traceparent): string {
  return `00-${traceId}-${parentId}-${sampled ? '01' : '00'}`;
}

/**
 * The header among names and values alternating, as node's `rawHeaders`. null: absent. `malformed`: no such form, or
 * repeated, which is ignored like an absent one and worth counting.
 */
export function readTraceparent(rawHeaders: readonly string[]): Traceparent | 'malformed' | null {
  let text: string | null = null;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length !== 11 || name.toLowerCase() !== 'traceparent') continue;
    if (text !== null) return 'malformed';
    text = rawHeaders[i + 1] ?? '';
  }
  return text === null ? null : (parseTraceparent(text) ?? 'malformed');
}

/**
 * The context of one attempt: its own span, in the trace that it goes on with, or in a new one.
 * `random` gives that many cryptographically random bytes.
 */
export function nextTraceparent(
  random: (size: number) => Uint8Array,
  parent: Traceparent | null = null,
): Traceparent {
  const fresh = (bytes: number): string => {
    const id = Array.from(random(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
    // All zero is no id; one in 2^64 at most.
    return ZERO.test(id) ? `${id.slice(1)}1` : id;
  };
  return { traceId: parent?.traceId ?? fresh(16), parentId: fresh(8), sampled: parent?.sampled ?? false };
}
