import { PROBLEM_MEDIA_TYPE } from '@nyxera/federation-protocol';
import {
  createDocument,
  type ZodOpenApiContentObject,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { agentVersion } from '../cli/agent-version.ts';
import { API_CODES, type ApiCode } from './api-codes.ts';
import { problem, tenantHeader } from './api-schemas.ts';
import { type Content, OPERATIONS, type Operation } from './operations.ts';

/** On every path: what guards the listener, and faults of ours. */
const ALWAYS: readonly ApiCode[] = ['token_required', 'origin_refused', 'host_refused', 'internal_error'];

/** The OpenAPI 3.1 document of the local API, from the schemas that validate its requests. */
export function openapiDocument(): ReturnType<typeof createDocument> {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const [operationId, operation] of Object.entries<Operation>(OPERATIONS)) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method]: operationObject(operationId, operation),
    };
  }
  const document: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: {
      title: 'SpectraStrike agent: local intake API',
      version: agentVersion(),
      description:
        'On a unix socket of mode 0600, or on a loopback port with a bearer token. Nothing here is for browsers or for other machines.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://localhost', description: 'The unix socket intake.sock in the data directory' }],
    security: [{}, { token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'On TCP only; the file intake-token' },
      },
    },
  };
  return createDocument(document);
}

function operationObject(operationId: string, operation: Operation): ZodOpenApiOperationObject {
  const { summary, description, query, tenant, body, bodyRequired } = operation;
  const params = {
    ...(query === undefined || Object.keys(query.shape).length === 0 ? {} : { query }),
    ...(tenant === true ? { header: tenantHeader } : {}),
  };
  return {
    operationId,
    summary,
    ...(description === undefined ? {} : { description }),
    ...(operation.open === true ? { security: [] } : {}),
    ...(Object.keys(params).length === 0 ? {} : { requestParams: params }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: bodyRequired === true, content: contentObject(body) } }),
    responses: responsesOf(operation),
  };
}

function contentObject(content: Readonly<Record<string, Content>>): ZodOpenApiContentObject {
  return Object.fromEntries(
    Object.entries(content).map(([mediaType, { schema, examples }]) => [
      mediaType,
      examples === undefined ? { schema } : { schema, examples: exampleValues(examples) },
    ]),
  );
}

type ShownExample = { readonly summary?: string; readonly value: unknown };

function exampleValues(examples: NonNullable<Content['examples']>): Record<string, ShownExample> {
  return Object.fromEntries(
    Object.entries(examples).map(([name, { value, query }]) => [
      name,
      query === undefined ? { value } : { summary: `Sent with ${query}`, value },
    ]),
  );
}

/** One response per status: several codes share one, and their meanings stand in its description. */
function responsesOf(operation: Operation): ZodOpenApiResponsesObject {
  const responses: Record<string, { description: string; content: ZodOpenApiContentObject }> = {};
  for (const [status, { description, content }] of Object.entries(operation.answers)) {
    responses[status] = { description, content: contentObject(content) };
  }
  const always = operation.open === true ? ALWAYS.filter((code) => code !== 'token_required') : ALWAYS;
  for (const code of [...operation.refusals, ...always]) {
    const { status, meaning } = API_CODES[code];
    const line = `\`${code}\`: ${meaning}`;
    const known = responses[String(status)];
    responses[String(status)] =
      known === undefined
        ? { description: line, content: { [PROBLEM_MEDIA_TYPE]: { schema: problem } } }
        : { ...known, description: `${known.description}\n${line}` };
  }
  return responses as ZodOpenApiResponsesObject;
}
