import { z } from 'zod';
import { CSRF_HEADER } from '../answer-call.ts';
import { API_PREFIX } from '../handle-request.ts';
import type { ConsoleRoute } from '../route.ts';
import { CONSOLE_ROUTES } from '../routes.ts';
import type { DoorRoute } from '../session/door.ts';
import { DOOR_ROUTES } from '../session/doors.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };
type JsonObject = { readonly [member: string]: Json };

const DESCRIPTION = [
  'What the console of a VectorVue gateway is made of; served on the administration listener only. Made from the schemas that the gateway checks with.',
  'A session is a cookie (HttpOnly, SameSite=Strict). Every POST needs its CSRF token in X-Console-CSRF, and comes from a page of the same origin.',
  'Lists are newest first: `{ items, next }`; `next` goes into `after`. With `format` the whole list is a download.',
  'A call outside the role, or about a tenant that is not of the session, is 403 and is audited.',
].join('\n\n');

/** The OpenAPI 3.1 document of the console's API. The same at every call; changes only with the program. */
export function buildConsoleDocument(): JsonObject {
  const paths: Record<string, Record<string, Json>> = {};
  const schemas: Record<string, Json> = { Refusal: refusalSchema };
  const add = (route: Described): void => {
    const operation = describe(route, schemas);
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation };
  };
  for (const route of DOOR_ROUTES) add(ofDoor(route));
  for (const route of CONSOLE_ROUTES) add(ofRoute(route));
  return {
    openapi: '3.1.1',
    info: {
      title: 'VectorVue console',
      summary: 'What came in, what was refused and why, and whom the gateway trusts',
      version: '1',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: [{ url: API_PREFIX }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'vv_console',
          description: 'Named after the port; __Host-vv_console over TLS',
        },
        csrf: { type: 'apiKey', in: 'header', name: CSRF_HEADER, description: 'Of the session' },
      },
    },
  };
}

/** As it is committed and written. */
export function consoleDocumentText(): string {
  return `${JSON.stringify(buildConsoleDocument(), null, 2)}\n`;
}

interface Described
  extends Pick<
    ConsoleRoute,
    'id' | 'method' | 'path' | 'summary' | 'params' | 'query' | 'body' | 'answer' | 'streams'
  > {
  readonly description: string;
  readonly security: readonly JsonObject[];
  /** Statuses that a refusal may have. */
  readonly refusals: readonly number[];
}

function ofRoute(route: ConsoleRoute): Described {
  const isPost = route.method === 'POST';
  return {
    ...route,
    description: `Roles: ${route.roles.join(', ')}.${route.changes ? ' Changes something: audited, with the reason.' : ''}`,
    security: [isPost ? { session: [], csrf: [] } : { session: [] }],
    refusals: [400, 401, 403, 404, ...(isPost ? [409] : []), 500, 503],
  };
}

function ofDoor(route: DoorRoute): Described {
  const needs: JsonObject[] = route.id === 'signOut' ? [{ session: [], csrf: [] }] : [];
  return {
    ...route,
    params: null,
    query: null,
    streams: [],
    description: 'Without a session.',
    security: needs,
    refusals: [400, 401, 403, 429, 503],
  };
}

function describe(route: Described, schemas: Record<string, Json>): JsonObject {
  const { id, answer, body, streams } = route;
  const name = `${id.charAt(0).toUpperCase()}${id.slice(1)}`;
  const content: Record<string, Json> = {};
  if (answer !== null) {
    schemas[`${name}Answer`] = toSchema(answer, 'output');
    content['application/json'] = { schema: reference(`${name}Answer`) };
  }
  for (const mediaType of streams) content[mediaType] = { schema: { type: 'string' } };
  if (body !== null) schemas[`${name}Body`] = toSchema(body, 'input');
  return {
    operationId: id,
    summary: route.summary,
    description: route.description,
    security: route.security,
    parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: reference(`${name}Body`) } },
          },
        }),
    responses: {
      200: { description: 'Done', content },
      ...Object.fromEntries(
        route.refusals.map((status) => [
          String(status),
          { description: 'Refused', content: { 'application/json': { schema: reference('Refusal') } } },
        ]),
      ),
    },
  };
}

function parametersOf(schema: z.ZodObject | null, place: 'path' | 'query'): readonly JsonObject[] {
  if (schema === null) return [];
  const { properties = {}, required = [] } = toSchema(schema, 'input') as {
    readonly properties?: Readonly<Record<string, JsonObject>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

const refusalSchema: JsonObject = {
  type: 'object',
  required: ['code', 'detail', 'faults', 'request_id'],
  properties: {
    code: { type: 'string', description: 'The contract; `detail` is for people' },
    detail: { type: 'string' },
    faults: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: { field: { type: 'string' }, message: { type: 'string' } },
      },
    },
    request_id: { type: ['string', 'null'], description: 'Also in log and audit' },
  },
};

function toSchema(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest as JsonObject;
}

function reference(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}
