import { type DerElement, readElement } from './der.ts';
import type { FormatFault, PrivateKey } from './private-key.ts';

const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const SEQUENCE = 0x30;
const ATTRIBUTES = 0xa0;
const PUBLIC_KEY = 0x81;

const ED25519 = '2b6570';
/** Algorithms that people try, so that the error can name them. Hex of the object identifier's content. */
const OTHER_ALGORITHMS: Readonly<Record<string, string>> = {
  '2a864886f70d010101': 'RSA',
  '2a864886f70d01010a': 'RSA-PSS',
  '2a8648ce3d0201': 'EC',
  '2b6571': 'Ed448',
  '2b656e': 'X25519',
  '2b656f': 'X448',
};

const DAMAGED: FormatFault = { fault: 'is damaged: its PKCS#8 structure is not that of an Ed25519 key' };

/** An Ed25519 key as RFC 8410 puts it into PKCS#8: version 0, or version 1 with the public key. Strict DER. */
export function parsePkcs8(bytes: Uint8Array): PrivateKey | FormatFault {
  const outer = expect(readElement(bytes, 0, bytes.length), SEQUENCE);
  if (outer === null || outer.end !== bytes.length) return DAMAGED;
  const version = expect(readElement(bytes, outer.start, outer.end), INTEGER);
  if (version === null || version.end - version.start !== 1) return DAMAGED;
  const versionNumber = bytes[version.start];
  if (versionNumber !== 0 && versionNumber !== 1) return DAMAGED;

  const algorithm = expect(readElement(bytes, version.end, outer.end), SEQUENCE);
  if (algorithm === null) return DAMAGED;
  const identifier = expect(readElement(bytes, algorithm.start, algorithm.end), OBJECT_IDENTIFIER);
  if (identifier === null) return DAMAGED;
  const name = Buffer.from(bytes.subarray(identifier.start, identifier.end)).toString('hex');
  if (name !== ED25519) {
    return {
      fault: `holds a key of the type ${OTHER_ALGORITHMS[name] ?? 'unknown'}; only Ed25519 keys sign here`,
    };
  }
  // RFC 8410 section 3: parameters must be absent.
  if (identifier.end !== algorithm.end) return DAMAGED;

  const wrapped = expect(readElement(bytes, algorithm.end, outer.end), OCTET_STRING);
  if (wrapped === null) return DAMAGED;
  const seed = expect(readElement(bytes, wrapped.start, wrapped.end), OCTET_STRING);
  if (seed === null || seed.end !== wrapped.end || seed.end - seed.start !== 32) return DAMAGED;

  const claimed = readPublicKey(bytes, wrapped.end, outer.end, versionNumber);
  if (claimed === undefined) return DAMAGED;
  return { seed: bytes.slice(seed.start, seed.end), claimedPublicKey: claimed };
}

/** What may follow the private key: attributes, then (version 1 only) the public key; undefined when damaged. */
function readPublicKey(
  bytes: Uint8Array,
  at: number,
  end: number,
  version: number,
): Uint8Array | null | undefined {
  if (at === end) return null;
  const element = readElement(bytes, at, end);
  if (element === null) return undefined;
  if (element.tag === ATTRIBUTES) return readPublicKeyAfterAttributes(bytes, element.end, end, version);
  return publicKeyOf(bytes, element, end, version);
}

function readPublicKeyAfterAttributes(
  bytes: Uint8Array,
  at: number,
  end: number,
  version: number,
): Uint8Array | null | undefined {
  if (at === end) return null;
  const element = readElement(bytes, at, end);
  return element === null ? undefined : publicKeyOf(bytes, element, end, version);
}

/** A BIT STRING under the implicit tag [1]: no unused bits, then 32 bytes. */
function publicKeyOf(
  bytes: Uint8Array,
  element: DerElement,
  end: number,
  version: number,
): Uint8Array | undefined {
  const fits = element.tag === PUBLIC_KEY && element.end === end && element.end - element.start === 33;
  if (!fits || version !== 1 || bytes[element.start] !== 0) return undefined;
  return bytes.slice(element.start + 1, element.end);
}

function expect(element: DerElement | null, tag: number): DerElement | null {
  return element?.tag === tag ? element : null;
}
