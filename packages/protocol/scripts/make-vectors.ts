// Writes vectors/*.json from the built package: `node scripts/make-vectors.ts`, Node >= 22.18. Deterministic.
import { mkdirSync, writeFileSync } from 'node:fs';
import { formatJson } from './format-json.ts';
import { allVectors } from './vectors/all.ts';

const directory = new URL('../vectors/', import.meta.url);
mkdirSync(directory, { recursive: true });
for (const [name, content] of Object.entries(allVectors())) {
  writeFileSync(new URL(name, directory), formatJson(content));
}
