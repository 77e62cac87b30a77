import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { MAPPING_VERSION } from '../../src/intake/index.ts';
import { mappingDigest } from './mapping-digest.ts';

it('a changed mapping has another version (make-golden.ts writes both)', () => {
  const committed = JSON.parse(readFileSync(new URL('mapping-digest.json', import.meta.url), 'utf8'));
  expect({ version: MAPPING_VERSION, digest: mappingDigest() }).toEqual(committed);
});
