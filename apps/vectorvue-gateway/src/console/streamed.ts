/** A body that is made while it is sent; the reader's pace is the writer's. */
export interface Streamed {
  readonly mediaType: string;
  /** Of a download; absent: shown in place. `[A-Za-z0-9._-]`. */
  readonly fileName?: string;
  /** Text is sent as UTF-8. Ended early (`return`) when the caller leaves: `finally` blocks run. */
  readonly chunks: AsyncIterable<string | Uint8Array>;
}
