const SHA256_HEX = /^[0-9a-f]{64}$/;

/**
 * A certificate fingerprint as people paste it: either case, with or without the colons that openssl prints.
 * Returns lower-case hex, or null. (On the wire no colons are allowed: PROTOCOL.md section 2.)
 */
export function parseFingerprint(text: string): string | null {
  const hex = text.toLowerCase().replaceAll(':', '');
  return SHA256_HEX.test(hex) ? hex : null;
}
