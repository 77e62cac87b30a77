/**
 * `node scripts/write-client.ts`: the types of the console's API, from the document that the gateway's zod schemas make
 * (`apps/vectorvue-gateway/openapi/console.json`), into `src/api/schema.gen.ts`. The file is not committed: a build writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const document = new URL('../../vectorvue-gateway/openapi/console.json', import.meta.url);
const types = new URL('../src/api/schema.gen.ts', import.meta.url);

const nodes = await openapiTS(readFileSync(document, 'utf8'), { alphabetize: true });
writeFileSync(types, `// Written by scripts/write-client.ts.\n${astToString(nodes)}`);
