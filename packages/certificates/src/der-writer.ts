/**
 * As much DER (X.690) as a certificate request needs. Node makes keys and signatures but no PKCS#10, and a
 * whole X.509 library for one structure would be more to trust than this.
 */

/** Tag, definite length, content. */
export function tagged(tag: number, content: Uint8Array): Uint8Array {
  const length = content.length;
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  const header = length < 128 ? [tag, length] : [tag, 0x80 | octets.length, ...octets];
  return Buffer.concat([Uint8Array.from(header), content]);
}

export function sequence(...items: readonly Uint8Array[]): Uint8Array {
  return tagged(0x30, Buffer.concat(items));
}

export function setOf(item: Uint8Array): Uint8Array {
  return tagged(0x31, item);
}

/** 0..127 only: the version is all that is needed. */
export function integer(value: number): Uint8Array {
  return tagged(0x02, Uint8Array.of(value));
}

export function utf8String(text: string): Uint8Array {
  return tagged(0x0c, new TextEncoder().encode(text));
}

/** A whole number of octets, so no unused bits. */
export function bitString(octets: Uint8Array): Uint8Array {
  return tagged(0x03, Buffer.concat([Uint8Array.of(0), octets]));
}

export function octetString(octets: Uint8Array): Uint8Array {
  return tagged(0x04, octets);
}

/** Dotted decimal, e.g. `2.5.4.3`. */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
}

export function derPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

function base128(value: number): readonly number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    digits.unshift(0x80 | (rest % 128));
  }
  return digits;
}
