const LF = 0x0a;
const CR = 0x0d;

export interface Line {
  /** From 1, as an editor counts; blank lines count. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

/**
 * The lines of a body that are not blank. A line ends with LF or CR LF, the last one also with the body; a lone CR
 * ends nothing. The bytes are views: nothing is copied.
 */
export function* splitLines(body: Uint8Array): Generator<Line, void> {
  let start = 0;
  for (let number = 1; start < body.length; number++) {
    const found = body.indexOf(LF, start);
    const next = found === -1 ? body.length : found;
    const end = next > start && body[next - 1] === CR ? next - 1 : next;
    const bytes = body.subarray(start, end);
    start = next + 1;
    if (!isBlank(bytes)) yield { number, bytes };
  }
}

/** JSON's white space and nothing else. */
function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === CR);
}
