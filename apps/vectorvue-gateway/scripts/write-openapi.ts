// Writes openapi/federation.json from the sources. Run it after a change of a schema or of the codes; a test compares.
import { writeFileSync } from 'node:fs';
import { openApiText } from '../src/openapi/write-document.ts';

writeFileSync(new URL('../openapi/federation.json', import.meta.url), openApiText());
