/**
 * The `code` of a system or library error (ENOSPC, ECONNRESET, ERR_SSL_…), null for anything else. By shape, not by
 * instanceof: an error may come from another realm (a worker, a test runner), where it has another Error.
 */
export function errorCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
