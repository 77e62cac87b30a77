import { z } from 'zod';

/**
 * Viewer and analyst are of named tenants; operator and officer (security officer) see all. Nobody's role contains another's:
 * a route names each role that may call it.
 */
export const CONSOLE_ROLES = ['viewer', 'analyst', 'operator', 'officer'] as const;
export type ConsoleRole = (typeof CONSOLE_ROLES)[number];

export const consoleRole = z.enum(CONSOLE_ROLES);

/** Whoever is signed in. */
export const EVERY_ROLE: readonly ConsoleRole[] = CONSOLE_ROLES;
/** What is about no tenant. */
export const ALL_TENANTS_ROLES: readonly ConsoleRole[] = ['operator', 'officer'];
/** What changes something of a tenant: findings, adjustments. */
export const JUDGING_ROLES: readonly ConsoleRole[] = ['analyst', 'officer'];
/** What changes trust. */
export const OFFICER_ONLY: readonly ConsoleRole[] = ['officer'];

/** Whether the role is for named tenants only. */
export function isOfTenants(role: ConsoleRole): boolean {
  return role === 'viewer' || role === 'analyst';
}
