import { CONSOLE_LEVELS, isSecurityCode, type Level, SECURITY_EVENTS } from '../security/security-events.ts';

/** What an entry is about; the words that a filter, an alert or a retention rule uses. */
export const AUDIT_CLASSES = ['decision', 'security', 'trust', 'administration', 'feedback'] as const;
export type AuditClass = (typeof AUDIT_CLASSES)[number];

/** Class of a decision about a request, by the code that it got. */
export function classOfCode(code: string): AuditClass {
  return isSecurityCode(code) ? 'security' : 'decision';
}

/** Codes of what was done as it was asked for. */
const DONE: ReadonlySet<string> = new Set(['accepted', 'duplicate', 'issued']);

/**
 * How much an entry matters. A security code has its level of the table; one that this version does not know (written
 * by a newer one) counts as high. Changes of trust and administration, and plain refusals, are `low`.
 */
export function levelOf(auditClass: string, code: string): Level {
  if (isSecurityCode(code)) return SECURITY_EVENTS[code].level;
  if (auditClass === 'security') {
    return (Object.hasOwn(CONSOLE_LEVELS, code) ? CONSOLE_LEVELS[code] : undefined) ?? 'high';
  }
  return DONE.has(code) ? 'info' : 'low';
}
