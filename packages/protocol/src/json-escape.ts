import { Refusal } from './json-refusal.ts';

/** Set where the compat form would have written the character in another way. */
export const NOT_COMPAT = 0x1_0000;
/** The same for RFC 8785. */
export const NOT_JCS = 0x2_0000;
const NEITHER = NOT_COMPAT | NOT_JCS;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The escapes that both forms write, by the byte behind the backslash; the rest is read by `readEscape`. */
export const SHORT_ESCAPES: readonly (string | undefined)[] = Array.from({ length: 256 }, (_, byte) => {
  const at = '"\\bfnrt'.indexOf(String.fromCharCode(byte));
  return at < 0 ? undefined : '"\\\b\f\n\r\t'.charAt(at);
});

/**
 * The escape whose backslash is at `at`: in the low 16 bits the UTF-16 unit that it stands for, above them the flags.
 * It is six bytes long if `u` follows the backslash, else two. A lone surrogate is the business of the caller.
 */
export function readEscape(bytes: Uint8Array, at: number): number {
  switch (bytes[at + 1]) {
    case QUOTE:
      return QUOTE;
    case BACKSLASH:
      return BACKSLASH;
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    case 0x2f:
      return 0x2f | NEITHER;
    case 0x75:
      return readHexEscape(bytes, at);
    default:
      throw new Refusal('an unknown escape', at);
  }
}

function readHexEscape(bytes: Uint8Array, at: number): number {
  let unit = 0;
  let flags = 0;
  for (let i = at + 2; i < at + 6; i++) {
    const byte = bytes[i] ?? 0;
    if (byte >= 0x30 && byte <= 0x39) {
      unit = unit * 16 + byte - 0x30;
    } else if (byte >= 0x61 && byte <= 0x66) {
      unit = unit * 16 + byte - 0x57;
    } else if (byte >= 0x41 && byte <= 0x46) {
      unit = unit * 16 + byte - 0x37;
      // Both forms write hex digits in lower case.
      flags = NEITHER;
    } else {
      throw new Refusal('four hex digits were expected', i);
    }
  }
  const hasShortForm =
    unit === QUOTE || unit === BACKSLASH || (unit >= 0x08 && unit <= 0x0d && unit !== 0x0b);
  if (hasShortForm || (unit >= 0x20 && unit <= 0x7e)) {
    flags = NEITHER;
  } else if (unit >= 0x7f) {
    flags |= NOT_JCS;
  }
  return unit | flags;
}
