// Writes schemas/*.json from the built zod schemas. Part of the build; needs Node >= 22.18 for the types.
import { mkdirSync, writeFileSync } from 'node:fs';
import { formatJson } from './format-json.ts';
import { jsonSchemas } from './json-schemas.ts';

const directory = new URL('../schemas/', import.meta.url);
mkdirSync(directory, { recursive: true });
for (const [name, schema] of Object.entries(jsonSchemas())) {
  writeFileSync(new URL(name, directory), formatJson(schema));
}
