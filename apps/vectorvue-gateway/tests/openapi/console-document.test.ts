/** The document that the console's client is made from. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { buildConsoleDocument, consoleDocumentText } from '../../src/console/openapi/build-document.ts';
import { CONSOLE_ROUTES } from '../../src/console/routes.ts';

test('what is committed is what the sources say (pnpm openapi), and it is valid OpenAPI 3.1', async () => {
  const committed = readFileSync(new URL('../../openapi/console.json', import.meta.url), 'utf8');
  expect(committed === consoleDocumentText()).toBe(true);
  const validator = new Validator();
  expect(await validator.validate(structuredClone(buildConsoleDocument()) as never)).toMatchObject({
    valid: true,
  });
});

test('calls have names and places of their own; their parameters are those of the path', () => {
  const ids = CONSOLE_ROUTES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const places = CONSOLE_ROUTES.map(({ method, path }) => `${method} ${path.replaceAll(/\{[^}]+\}/g, '{}')}`);
  expect(new Set(places).size).toBe(places.length);
  for (const { id, path, params, roles, changes, method } of CONSOLE_ROUTES) {
    const named = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
    expect([id, Object.keys(params?.shape ?? {}).sort()]).toEqual([id, named.sort()]);
    expect([id, roles.length > 0, !changes || method === 'POST']).toEqual([id, true, true]);
  }
});
