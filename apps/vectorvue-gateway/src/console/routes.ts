import { attackRoutes } from './attack/routes.ts';
import { auditRoutes } from './audit/routes.ts';
import { eventRoutes } from './events/routes.ts';
import { feedbackRoutes } from './feedback/routes.ts';
import { overviewRoutes } from './overview/routes.ts';
import { refusalRoutes } from './refusals/routes.ts';
import type { ConsoleRoute } from './route.ts';
import { sessionRoutes } from './session/routes.ts';
import { trustRoutes } from './trust/routes.ts';

/** Every call of the API that a session may make. One line a slice, sorted. */
export const CONSOLE_ROUTES: readonly ConsoleRoute[] = [
  ...attackRoutes,
  ...auditRoutes,
  ...eventRoutes,
  ...feedbackRoutes,
  ...overviewRoutes,
  ...refusalRoutes,
  ...sessionRoutes,
  ...trustRoutes,
];
