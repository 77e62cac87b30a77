import { LEVELS, type Level } from '../security/security-events.ts';
import type { ForwardEntry } from './entry.ts';

/** What a destination gets. An absent condition lets everything pass; all that are there must hold. */
export interface EntryFilter {
  /** Lower case. With tenants named, entries about no tenant (trust, strangers) are not sent either. */
  readonly tenants?: readonly string[] | undefined;
  readonly classes?: readonly string[] | undefined;
  readonly codes?: readonly string[] | undefined;
  readonly min_level?: Level | undefined;
}

/** Exact comparison throughout: one tenant's entries must never reach another's SIEM. */
export function isSelected(filter: EntryFilter, entry: ForwardEntry): boolean {
  const { tenants, classes, codes, min_level: minimum } = filter;
  if (tenants !== undefined && (entry.tenantId === null || !tenants.includes(entry.tenantId))) return false;
  if (classes !== undefined && !classes.includes(entry.class)) return false;
  if (codes !== undefined && !codes.includes(entry.code)) return false;
  return minimum === undefined || LEVELS.indexOf(entry.level) >= LEVELS.indexOf(minimum);
}
