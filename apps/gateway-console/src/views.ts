import { attackRoute } from './views/attack/route.tsx';
import { auditEntryRoute, auditRoute } from './views/audit/route.tsx';
import { eventRoute, eventsRoute } from './views/events/route.tsx';
import {
  adjustmentPageRoute,
  feedbackRoute,
  graphPageRoute,
  issuePageRoute,
} from './views/feedback/route.tsx';
import { findingRoute, findingsRoute } from './views/findings/route.tsx';
import { overviewRoute } from './views/overview/route.tsx';
import { refusalRoute, refusalsRoute } from './views/refusals/route.tsx';
import { securityRoute } from './views/security/route.tsx';
import { trustRoutes } from './views/trust/route.tsx';
import { verifyRoute } from './views/verify/route.tsx';

/** Every view; one line each. A view's code is a chunk of its own. */
export const VIEWS = [
  adjustmentPageRoute,
  attackRoute,
  auditEntryRoute,
  auditRoute,
  eventRoute,
  eventsRoute,
  feedbackRoute,
  findingRoute,
  findingsRoute,
  graphPageRoute,
  issuePageRoute,
  overviewRoute,
  refusalRoute,
  refusalsRoute,
  securityRoute,
  ...trustRoutes,
  verifyRoute,
] as const;
