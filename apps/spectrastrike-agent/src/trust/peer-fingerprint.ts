import { createHash } from 'node:crypto';
import { canonicalizeCompat, type JsonValue } from '@nyxera/federation-protocol';

/**
 * What two people read to each other over the telephone: hex SHA-256 of the compat form of a peer file. White
 * space and the order of members do not change it; every value does.
 */
export function peerFingerprint(file: JsonValue): string {
  return createHash('sha256').update(canonicalizeCompat(file), 'utf8').digest('hex');
}

/** In groups of eight, which people can compare. */
export function groupFingerprint(fingerprint: string): string {
  return fingerprint.match(/.{1,8}/g)?.join(' ') ?? '';
}

/** What a person typed or pasted: spaces, colons, dashes and case do not matter. Null: not 64 hex digits. */
export function parseFingerprintText(text: string): string | null {
  const hex = text.toLowerCase().replaceAll(/[\s:-]/g, '');
  return /^[0-9a-f]{64}$/.test(hex) ? hex : null;
}
