import type { z } from 'zod';
import type { ListedPin } from '../../store/read/list-trust.ts';
import { KEYS_OF, PAGE_OF_IDENTITIES, PINS_OF } from '../../store/sql/console-trust.ts';
import { UNPINNED } from '../../trust/change-identity.ts';
import type { IdentityState } from '../../trust/trust-snapshot.ts';
import { exactText } from '../filters.ts';
import { listRoute } from '../list-route.ts';
import { ALL_TENANTS_ROLES } from '../roles.ts';
import { faultOfCursor, iso, readPage } from './pages.ts';
import { identityItem, keyPurpose, keyState, standingState } from './schemas.ts';

interface Row {
  readonly identity: string;
  readonly operators: readonly string[] | null;
  readonly tenants: readonly string[] | null;
  readonly spiffe_id: string | null;
  readonly state: IdentityState;
  readonly source: string;
  readonly created_at: string;
}

/** Identities are of no tenant: whoever is confined to some sees their keys and mappings, and not these. */
export const identitiesRoute = listRoute({
  id: 'trustIdentities',
  path: '/trust/identities',
  summary: 'Service identities with their pins, limits and the keys that verify for them; newest first',
  roles: ALL_TENANTS_ROLES,
  filters: {
    identity: exactText().optional().meta({ description: 'Beginning of the name' }),
    state: standingState.optional(),
  },
  item: identityItem,
  fileName: 'identities',
  list: async (context, { identity = null, state = null }, page) => {
    const fault = faultOfCursor(page.after);
    if (fault !== null) return fault;
    const nowMs = context.now();
    return context.read(null, async (db) => {
      const { rows, next } = await readPage<Row>(
        db,
        PAGE_OF_IDENTITIES,
        page,
        [identity, state],
        (row) => row.identity,
      );
      const names = rows.map((row) => row.identity);
      const pins = await db.query<ListedPin>(PINS_OF, [names]);
      const keys = await db.query<{ owner: string; purpose: string; kid: string; state: string }>(KEYS_OF, [
        names,
        new Date(nowMs),
      ]);
      const items = rows.map((row) => ({
        ...row,
        operators: row.operators === null ? null : [...row.operators],
        tenants: row.tenants === null ? null : [...row.tenants],
        pins: pins.filter((pin) => pin.identity === row.identity).map((pin) => pinOf(pin, nowMs)),
        keys: keys
          .filter(({ owner }) => owner === row.identity)
          .map(({ purpose, kid, state: of }) => ({
            purpose: keyPurpose.parse(purpose),
            kid,
            state: keyState.parse(of),
          })),
      }));
      return { ok: true, value: { items, next } };
    });
  },
});

function pinOf(pin: ListedPin, nowMs: number): z.input<typeof identityItem>['pins'][number] {
  return {
    sha256: pin.sha256,
    not_before: iso(pin.not_before),
    not_after: iso(pin.not_after),
    source: pin.source,
    state: stateOf(pin, nowMs),
  };
}

function stateOf({ not_before: from, not_after: until }: ListedPin, nowMs: number) {
  if (until?.getTime() === UNPINNED.getTime()) return 'unpinned' as const;
  if (until !== null && until.getTime() <= nowMs) return 'ended' as const;
  return from !== null && from.getTime() > nowMs ? ('future' as const) : ('valid' as const);
}
