/**
 * The code of an error of the operating system (`ENOENT`), or null. Asks for the member and not for the class:
 * an error that was made in another realm (a worker, a test runner) is no instance of this one's Error.
 */
export function errnoCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
