import type { ErrorCode } from './error-codes.ts';

/**
 * Misuse of this package by its caller: a value that has no canonical form, a separator inside a signed member.
 * What a peer sends never causes one; it causes a `Rejection`.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
