import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PROBLEM_MEDIA_TYPE } from '@nyxera/federation-protocol';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { DaemonContext, Running } from '../../src/daemon/service.ts';
import { problem } from '../../src/local-api/api-schemas.ts';
import { openapiDocument } from '../../src/local-api/openapi-document.ts';
import { OPERATIONS, type Operation } from '../../src/local-api/operations.ts';
import { ask, createDaemonFixture, type DaemonFixture, socketOf, startApi } from './api-fixture.ts';

const COMMITTED = fileURLToPath(new URL('../../openapi/local-api.json', import.meta.url));
const SHIPPED = fileURLToPath(new URL('../../mappings/windows-exporter.yaml', import.meta.url));

let fixture: DaemonFixture;
let agent: DaemonContext;
let api: Running;

beforeAll(async () => {
  fixture = await createDaemonFixture();
  const mappings = join(fixture.path, 'mappings');
  mkdirSync(mappings);
  copyFileSync(SHIPPED, join(mappings, 'windows-exporter.yaml'));
  agent = await fixture.agent({ SPECTRASTRIKE_MAPPINGS_DIR: mappings });
  api = await startApi(agent);
});

afterAll(async () => {
  await api.close();
  await fixture.close();
});

test('the committed document is the one that the schemas make; `pnpm openapi` writes it', async () => {
  const served = await ask(socketOf(agent), 'GET', '/openapi.json');
  expect(served.json).toEqual(JSON.parse(JSON.stringify(openapiDocument())));
  expect(served.text).toBe(readFileSync(COMMITTED, 'utf8'));
});

test('it is an OpenAPI 3.1 document', async () => {
  const validator = new Validator();
  const checked = await validator.validate(JSON.parse(JSON.stringify(openapiDocument())));
  expect(checked.errors ?? []).toEqual([]);
  expect([checked.valid, validator.version]).toEqual([true, '3.1']);
});

const QUERIES: Readonly<Record<string, string>> = {
  showPolicyContext: '?target=urn%3Atarget%3Aip%3A10.0.0.5',
  takeReport: '?name=example',
};

/** What is no answer of its own is a refusal. */
const REFUSED = { [PROBLEM_MEDIA_TYPE]: { schema: problem } };

interface Case {
  readonly id: string;
  readonly operation: Operation;
  readonly type: string | null;
  readonly name: string;
  readonly value: unknown;
  readonly status: number | undefined;
  readonly query: string;
}

const cases = Object.entries<Operation>(OPERATIONS).flatMap(([id, operation]): Case[] => {
  const bodies = Object.entries(operation.body ?? {}).flatMap(([type, { examples }]) =>
    Object.entries(examples ?? {}).map(([name, { value, status, query }]) => ({
      id,
      query: query ?? QUERIES[id] ?? '',
      operation,
      type,
      name,
      value,
      status,
    })),
  );
  return bodies.length > 0
    ? bodies
    : [
        {
          id,
          operation,
          type: null,
          name: 'plain',
          value: undefined,
          status: undefined,
          query: QUERIES[id] ?? '',
        },
      ];
});

test.each(cases)('the real server answers $id as the document says: $name', async (one) => {
  const { operation, type, value, status, query } = one;
  const body = value === undefined ? {} : { body: typeof value === 'string' ? value : JSON.stringify(value) };
  const headers: Record<string, string> = type === null ? {} : { 'content-type': type };
  const reply = await ask(socketOf(agent), operation.method.toUpperCase(), operation.path + query, {
    headers,
    ...body,
  });
  const expected = String(status ?? Object.keys(operation.answers)[0]);
  expect(String(reply.status)).toBe(expected);
  const content = operation.answers[expected]?.content ?? REFUSED;
  const [mediaType = '', { schema } = {}] = Object.entries(content)[0] ?? [];
  expect(reply.headers['content-type']).toContain(mediaType);
  const parsed = schema?.safeParse(mediaType.endsWith('json') ? reply.json : reply.text);
  expect(parsed?.error?.issues ?? []).toEqual([]);
  expect(parsed?.success).toBe(true);
});

test('every answer that the document shows fits its own schema', () => {
  const shown = Object.values<Operation>(OPERATIONS).flatMap(({ answers }) =>
    Object.values(answers).flatMap(({ content }) =>
      Object.values(content).flatMap(({ schema, examples }) =>
        Object.values(examples ?? {}).map(({ value }) => schema.safeParse(value).success),
      ),
    ),
  );
  expect(shown.length).toBeGreaterThan(4);
  expect(shown).not.toContain(false);
});
