import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { formatJson } from '../scripts/format-json.ts';
import { jsonSchemas } from '../scripts/json-schemas.ts';

const directory = fileURLToPath(new URL('../schemas/', import.meta.url));

test('the committed JSON Schemas are what the zod schemas say', () => {
  const schemas = jsonSchemas();
  expect(readdirSync(directory).sort()).toEqual(Object.keys(schemas).sort());
  for (const [name, schema] of Object.entries(schemas)) {
    expect([name, readFileSync(`${directory}${name}`, 'utf8')]).toEqual([name, formatJson(schema)]);
  }
});

test('they are strict where the wire is', () => {
  for (const schema of Object.values(jsonSchemas())) {
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
  }
});
