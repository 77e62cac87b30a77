import type { ConsoleRoute } from '../route.ts';
import { identitiesRoute } from './identities.ts';
import { identityActions } from './identity-actions.ts';
import { keyActions } from './key-actions.ts';
import { keysRoute } from './keys.ts';
import { keyRoute } from './one-key.ts';
import { rotationActions } from './rotation-actions.ts';
import { rotationsRoute, schedulesRoute } from './rotations.ts';
import { tenantActions } from './tenant-actions.ts';
import { mappingsRoute, tenantsRoute } from './tenants.ts';
import { certificatesRoute, forwardingRoute, retentionRoute } from './upkeep.ts';

export const trustRoutes: readonly ConsoleRoute[] = [
  certificatesRoute,
  forwardingRoute,
  identitiesRoute,
  ...identityActions,
  ...keyActions,
  keyRoute,
  keysRoute,
  mappingsRoute,
  retentionRoute,
  ...rotationActions,
  rotationsRoute,
  schedulesRoute,
  ...tenantActions,
  tenantsRoute,
];
