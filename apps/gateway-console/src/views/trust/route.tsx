import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { consoleRoute } from '../../shell/root-route.tsx';
import { searchOf } from '../../shell/search.ts';

/** The keyring; the other parts are pages of their own, so that each has the filters that are its own. */
const keys = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/trust',
  validateSearch: searchOf('owner', 'purpose', 'state', 'kid', 'tenant'),
  component: lazyRouteComponent(() => import('./keys.tsx'), 'Keys'),
});

const key = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/trust/keys/$key',
  component: lazyRouteComponent(() => import('./key.tsx'), 'Key'),
});

const identities = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/trust/identities',
  validateSearch: searchOf('identity', 'state'),
  component: lazyRouteComponent(() => import('./identities.tsx'), 'Identities'),
});

const identity = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/trust/identities/$identity',
  component: lazyRouteComponent(() => import('./identity.tsx'), 'Identity'),
});

const tenants = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/trust/tenants',
  validateSearch: searchOf('tenant', 'state'),
  component: lazyRouteComponent(() => import('./tenants.tsx'), 'Tenants'),
});

const tenant = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/trust/tenants/$tenant',
  component: lazyRouteComponent(() => import('./tenant.tsx'), 'Tenant'),
});

const mappings = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/trust/mappings',
  validateSearch: searchOf('operator', 'tenant'),
  component: lazyRouteComponent(() => import('./mappings.tsx'), 'Mappings'),
});

const rotations = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/trust/rotations',
  validateSearch: searchOf('tenant'),
  component: lazyRouteComponent(() => import('./rotations.tsx'), 'Rotations'),
});

const upkeep = createRoute({
  getParentRoute: () => consoleRoute,
  path: '/trust/upkeep',
  component: lazyRouteComponent(() => import('./upkeep.tsx'), 'Upkeep'),
});

export const trustRoutes = [
  keys,
  key,
  identities,
  identity,
  tenants,
  tenant,
  mappings,
  rotations,
  upkeep,
] as const;
