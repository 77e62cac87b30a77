// Base64 and hex lengths of a 32-byte seed, a 48-byte PKCS#8 structure and a 64-byte expanded key.
const KEY_TEXT_LENGTHS: ReadonlySet<number> = new Set([43, 44, 64, 86, 87, 88, 128]);
// How base64 of PKCS#8 (both versions) and of an OpenSSH key begins.
const KEY_TEXT_BEGINNINGS = ['MC4CAQ', 'MFECAQ', 'MFMCAQ', 'b3BlbnNzaC1rZXkt'];

/**
 * A path for an error message, quoted. Whoever puts a key itself where its path belongs (it happens with
 * environment variables) must not find it in a log, so text that could be a key is not shown.
 */
export function describePath(path: string): string {
  return couldBeKey(path) ? 'the given path (not shown: it looks like a key itself)' : JSON.stringify(path);
}

export function couldBeKey(text: string): boolean {
  if (text.includes('-----') || text.includes('\n')) return true;
  if (!/^[A-Za-z0-9+/_=-]+$/.test(text)) return false;
  return KEY_TEXT_LENGTHS.has(text.length) || KEY_TEXT_BEGINNINGS.some((start) => text.startsWith(start));
}
