import { readAlternativeNames } from '@nyxera/federation-certificates';

/** The URI names of a certificate, from Node's text of its subjectAltName; of text that cannot be read to its end, none. */
export function uriNames(subjectAltName: string | undefined): readonly string[] {
  const { names, whole } = readAlternativeNames(subjectAltName ?? '');
  return whole ? names.filter(({ kind }) => kind === 'URI').map(({ name }) => name) : [];
}
