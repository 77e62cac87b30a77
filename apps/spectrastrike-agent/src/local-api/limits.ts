/** Limits of the local API. Each is stated in the OpenAPI document where a client can meet it. */
export interface ApiLimits {
  /** Body of `POST /v1/events`; bytes. */
  readonly eventsBytes: number;
  /** One line of it; bytes. */
  readonly lineBytes: number;
  readonly lines: number;
  /** Body of a policy question; bytes. */
  readonly questionBytes: number;
  /** Body of `POST /v1/reports`; bytes. */
  readonly reportBytes: number;
  /** Bodies held in memory by all requests together; bytes. */
  readonly heldBytes: number;
  /** From the connection, or the previous answer, to the end of the headers; milliseconds. */
  readonly headersMs: number;
  /** Between two pieces of a body; milliseconds. */
  readonly idleMs: number;
  /** A whole body of events or a question; milliseconds. */
  readonly bodyMs: number;
  /** A whole report; milliseconds. */
  readonly reportMs: number;
  /** Open connections of one listener; more are closed as they come. */
  readonly connections: number;
}

export const DEFAULT_API_LIMITS: ApiLimits = {
  eventsBytes: 8 * 1024 * 1024,
  lineBytes: 1024 * 1024,
  lines: 10_000,
  questionBytes: 64 * 1024,
  reportBytes: 4 * 1024 * 1024 * 1024,
  heldBytes: 32 * 1024 * 1024,
  headersMs: 10_000,
  idleMs: 15_000,
  bodyMs: 60_000,
  reportMs: 3_600_000,
  connections: 128,
};

/** All headers of a request together; bytes. */
export const MAX_HEADER_BYTES: number = 16 * 1024;

/** Nesting of a question's JSON; an event's is intake's business. */
export const MAX_QUESTION_DEPTH = 32;
