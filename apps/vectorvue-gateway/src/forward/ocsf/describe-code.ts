import { ERROR_CODES, type ErrorCode } from '@nyxera/federation-protocol';

/** Of codes that are no refusal. */
const DONE: Readonly<Record<string, string>> = {
  accepted: 'The request was accepted.',
  duplicate: 'The event was known already, with the same content.',
  issued: 'Signed feedback was issued.',
  changed: 'The change was made.',
};

/** One sentence that holds nothing a peer sent. */
export function describeCode(code: string): string {
  if (Object.hasOwn(ERROR_CODES, code)) return ERROR_CODES[code as ErrorCode].meaning;
  return (Object.hasOwn(DONE, code) ? DONE[code] : undefined) ?? code;
}

/** HTTP status of a refusal; null where it is none, or one that the agent alone produces. */
export function httpStatusOf(code: string): number | null {
  return Object.hasOwn(ERROR_CODES, code) ? ERROR_CODES[code as ErrorCode].httpStatus : null;
}

export function isRefusal(code: string): boolean {
  return Object.hasOwn(ERROR_CODES, code);
}
