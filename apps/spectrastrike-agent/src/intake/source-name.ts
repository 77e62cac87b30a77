/** A tool's name in the charset of `source_system` (PROTOCOL.md section 7), lower-cased; `otherwise` if none is left. */
export function sourceName(name: string | undefined, otherwise: string): string {
  const slug = (name ?? '')
    .slice(0, 256)
    .toLowerCase()
    .replace(/[^a-z0-9._:-]+/g, '-')
    .replace(/^-|-$/g, '');
  return slug === '' ? otherwise : slug.slice(0, 64);
}
