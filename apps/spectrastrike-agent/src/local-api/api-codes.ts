/**
 * Every code that the local intake API answers with. Where PROTOCOL.md section 17 has a code of that name it means the
 * same; the others concern only this machine and never travel to a gateway. The code is the contract, the sentence is
 * for people and holds nothing that a client sent.
 */
export const API_CODES = {
  bad_request: { status: 400, title: 'Bad request', meaning: 'What arrived is not an HTTP request.' },
  parameter_invalid: {
    status: 400,
    title: 'Parameter invalid',
    meaning: 'A parameter of the query or a header is unknown, repeated or has another form.',
  },
  token_required: {
    status: 401,
    title: 'Token required',
    meaning: 'On TCP every request needs the bearer token of this agent.',
  },
  origin_refused: {
    status: 403,
    title: 'Origin refused',
    meaning: 'The request comes from a web page; nothing here is for browsers.',
  },
  not_found: { status: 404, title: 'Not found', meaning: 'The local API has no such path.' },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    meaning: 'The path exists and does not answer this method.',
  },
  request_timeout: {
    status: 408,
    title: 'Request timeout',
    meaning: 'The request was not complete in time; nothing of it was taken.',
  },
  event_conflict: {
    status: 409,
    title: 'Event conflict',
    meaning: 'An event with this id and other content was taken before and stands.',
  },
  payload_too_large: {
    status: 413,
    title: 'Payload too large',
    meaning: 'The body, a line of it, or the number of its lines is beyond the limit.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    meaning: 'The body is of another kind than this path takes, or it is encoded.',
  },
  host_refused: {
    status: 421,
    title: 'Host refused',
    meaning: 'The Host header names something else than this listener.',
  },
  invalid_json: { status: 422, title: 'Invalid JSON', meaning: 'The body is not strict JSON.' },
  mapping_unknown: {
    status: 422,
    title: 'Mapping unknown',
    meaning: 'No mapping of this name is configured for this agent.',
  },
  payload_required: { status: 422, title: 'Payload required', meaning: 'The body is empty.' },
  report_refused: {
    status: 422,
    title: 'Report refused',
    meaning: 'Nothing of the report could be taken; the errors say where and what was expected.',
  },
  schema_invalid: {
    status: 422,
    title: 'Schema invalid',
    meaning: 'A member is missing, unknown, or outside of its rule.',
  },
  tenant_unknown: {
    status: 422,
    title: 'Tenant unknown',
    meaning: 'This agent is configured for other tenants.',
  },
  headers_too_large: {
    status: 431,
    title: 'Headers too large',
    meaning: 'The headers are larger than 16 KiB.',
  },
  internal_error: {
    status: 500,
    title: 'Internal error',
    meaning: 'The agent failed in a way that is its own fault.',
  },
  service_unavailable: {
    status: 503,
    title: 'Service unavailable',
    meaning: 'The agent cannot take it now; nothing of it was taken.',
  },
  spool_full: {
    status: 507,
    title: 'Spool full',
    meaning: 'The spool is at its limit, or the disk is full; nothing of it was taken.',
  },
} as const satisfies Record<string, { status: number; title: string; meaning: string }>;

export type ApiCode = keyof typeof API_CODES;
