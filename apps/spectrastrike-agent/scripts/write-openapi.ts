// Writes openapi/local-api.json from the schemas of the local API; a test compares the two.
import { mkdirSync, writeFileSync } from 'node:fs';
import { openapiDocument } from '../src/local-api/openapi-document.ts';

const directory = new URL('../openapi/', import.meta.url);
mkdirSync(directory, { recursive: true });
writeFileSync(new URL('local-api.json', directory), `${JSON.stringify(openapiDocument(), null, 2)}\n`);
