import { ERROR_CODES, PROBLEM_MEDIA_TYPE, type WireErrorCode } from '@nyxera/federation-protocol';
import { z } from 'zod';
import { problemSchema, WIRE_CODES } from './answer-schemas.ts';
import { HEADER_PARAMETERS, headersOf } from './header-parameters.ts';
import { COMMON_CODES, OPERATIONS, type Operation } from './operations.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };
type JsonObject = { readonly [member: string]: Json };

const DESCRIPTION = [
  'The wire contract between a SpectraStrike agent and a VectorVue gateway, for integrators. PROTOCOL.md is normative; this is made from the schemas and codes that the gateway itself uses.',
  'Mutual TLS 1.3: the client certificate must chain to the configured CA and be pinned to the declared identity. The gateway never redirects.',
  'Bodies are canonical JSON, in RFC 8785 or the compat form: other bytes of the same value are refused (`non_canonical_json`). What JSON Schema cannot say: numbers are judged by their token (`1.0` is no integer), members must not repeat, and the body must equal the headers.',
  'X-Telemetry-Signature is Ed25519 over decimal(timestamp) "." nonce "." raw body bytes; of a GET over path and query in the place of the body. A nonce is used once for each identity.',
].join('\n\n');

/** The OpenAPI 3.1 document of the federation endpoints. The same at every call; changes only with the program. */
export function buildOpenApi(): JsonObject {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Nyxera federation gateway',
      summary: 'Signed telemetry in, signed feedback out',
      version: '1',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: [
      {
        url: 'https://{gateway}',
        description: 'Served by each organisation for itself',
        variables: { gateway: { default: 'gateway.example:8443' } },
      },
    ],
    security: [{ mutualTls: [], requestSignature: [] }],
    paths: Object.fromEntries(
      OPERATIONS.map((operation) => [operation.path, { [operation.method]: describe(operation) }]),
    ),
    components: {
      schemas: schemas(),
      parameters: HEADER_PARAMETERS,
      headers: {
        RetryAfter: { description: 'Seconds', schema: { type: 'string', pattern: '^[0-9]+$' } },
      },
      securitySchemes: {
        mutualTls: { type: 'mutualTLS', description: 'A pinned client certificate (sections 1 and 2)' },
        requestSignature: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Telemetry-Signature',
          description: 'An Ed25519 signature of this very request (section 3), not a shared key',
        },
      },
    },
  };
}

function describe(operation: Operation): JsonObject {
  const { request, success, headers, summary, section, operationId, parameters = {} } = operation;
  const path = Object.entries(parameters).map(([name, description]) => ({
    name,
    in: 'path',
    required: true,
    description,
    schema: { type: 'string' },
  }));
  return {
    operationId,
    summary,
    description: `PROTOCOL.md section ${section}. Body of at most ${operation.maxBodyBytes ?? 1024 * 1024} bytes.`,
    ...(headers === 'identity' ? { security: [{ mutualTls: [] }] } : {}),
    parameters: [...path, ...headersOf(headers, request !== undefined)],
    ...(request === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: reference(request.name) } },
          },
        }),
    responses: {
      [success.status]: {
        description: success.status === 202 ? 'Stored durably' : 'Done',
        content: {
          [success.mediaType]:
            success.name === undefined
              ? { schema: rawSchema(success.mediaType) }
              : { schema: reference(success.name) },
        },
      },
      ...refusals([...COMMON_CODES, ...operation.codes]),
    },
  };
}

function refusals(codes: readonly WireErrorCode[]): JsonObject {
  const byStatus = new Map<number, WireErrorCode[]>();
  for (const code of WIRE_CODES.filter((wire) => codes.includes(wire))) {
    const status = ERROR_CODES[code].httpStatus ?? 500;
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries([...byStatus].map(([status, found]) => [String(status), refusal(status, found)]));
}

function refusal(status: number, codes: readonly WireErrorCode[]): JsonObject {
  const meanings = codes.map(
    (code) => `- \`${code}\` (retry: ${ERROR_CODES[code].retry}): ${ERROR_CODES[code].meaning}`,
  );
  const errors = { items: { properties: { error_code: { enum: codes } } } };
  return {
    description: meanings.join('\n'),
    ...(status === 429 || status === 503
      ? { headers: { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } }
      : {}),
    content: {
      [PROBLEM_MEDIA_TYPE]: { schema: { allOf: [reference('Problem'), { properties: { errors } }] } },
    },
  };
}

function schemas(): JsonObject {
  const named: [string, z.ZodType][] = [['Problem', problemSchema]];
  for (const { request, success } of OPERATIONS) {
    if (request !== undefined) named.push([request.name, request.schema]);
    if (success.name !== undefined && success.schema !== undefined)
      named.push([success.name, success.schema]);
  }
  return Object.fromEntries(named.map(([name, schema]) => [name, toSchema(schema)]));
}

function toSchema(schema: z.ZodType): JsonObject {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest as JsonObject;
}

function rawSchema(mediaType: string): JsonObject {
  return mediaType.startsWith('text/') ? { type: 'string' } : {};
}

function reference(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}
