/** Bounds of strict JSON (PROTOCOL.md section 5). The size of the whole is the business of the caller. */
export interface JsonLimits {
  /** Nesting of arrays and objects; a scalar has depth 0. Default 64, at most 1000. */
  readonly maxDepth: number;
  /** Digits of a token without `.`, `e`, `E`. Default 400: a longer one costs quadratic time in some peers. */
  readonly maxIntegerDigits: number;
}
