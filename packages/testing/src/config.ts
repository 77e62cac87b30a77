/**
 * Where one run of the whole suite keeps what its files would each make alike (`NYXERA_TEST_TEMPLATES`, which
 * `scripts/test-all.ts` sets); null in a test file that is run by itself.
 */
export function templatesFolder(): string | null {
  const folder = process.env.NYXERA_TEST_TEMPLATES ?? '';
  return folder === '' ? null : folder;
}
