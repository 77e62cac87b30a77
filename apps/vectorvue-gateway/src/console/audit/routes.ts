import type { ConsoleRoute } from '../route.ts';
import { entryRoutes } from './entry-routes.ts';
import { proofRoutes } from './proof-routes.ts';

/** The audit log: search, entries, checkpoints, proofs. */
export const auditRoutes: readonly ConsoleRoute[] = [...entryRoutes, ...proofRoutes];
