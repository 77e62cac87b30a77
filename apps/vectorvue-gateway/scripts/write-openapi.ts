// Writes openapi/*.json from the sources. Run it after a change of a schema, a route or the codes; tests compare.
import { writeFileSync } from 'node:fs';
import { consoleDocumentText } from '../src/console/openapi/build-document.ts';
import { openApiText } from '../src/openapi/write-document.ts';

writeFileSync(new URL('../openapi/federation.json', import.meta.url), openApiText());
writeFileSync(new URL('../openapi/console.json', import.meta.url), consoleDocumentText());
