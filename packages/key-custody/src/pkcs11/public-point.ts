import { readElement } from '../der.ts';

const OCTET_STRING = 0x04;
const POINT_BYTES = 32;
// RFC 8410 section 4: everything of the SubjectPublicKeyInfo that comes before the point.
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * The 32-byte public key in what a token gives as CKA_EC_POINT. The specification changed its mind, so tokens use one
 * of three encodings: the bare 32 bytes, an OCTET STRING around them, a SubjectPublicKeyInfo. null: none of them.
 */
export function readPublicPoint(value: Uint8Array): Uint8Array | null {
  if (value.length === POINT_BYTES) return value.slice();
  if (value.length === SPKI_PREFIX.length + POINT_BYTES) {
    const prefix = Buffer.from(value.subarray(0, SPKI_PREFIX.length));
    return prefix.equals(SPKI_PREFIX) ? value.slice(SPKI_PREFIX.length) : null;
  }
  const element = readElement(value, 0, value.length);
  if (element === null || element.tag !== OCTET_STRING || element.end !== value.length) return null;
  return element.end - element.start === POINT_BYTES ? value.slice(element.start, element.end) : null;
}

/** What a token may give as CKA_EC_PARAMS for this curve: its OID (RFC 8410), the older OID, or its name. */
const CURVE_PARAMETERS: ReadonlySet<string> = new Set([
  '06032b6570',
  '06092b06010401da470f01',
  `130c${Buffer.from('edwards25519', 'latin1').toString('hex')}`,
]);

export function isEdwards25519(parameters: Uint8Array): boolean {
  return CURVE_PARAMETERS.has(Buffer.from(parameters).toString('hex'));
}
