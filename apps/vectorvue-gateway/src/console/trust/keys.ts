import type { z } from 'zod';
import type { ReaderScope } from '../../store/as-reader.ts';
import type { Queryable } from '../../store/database.ts';
import type { Page } from '../../store/read/page.ts';
import {
  LIVES_OF_ALL,
  LIVES_OF_READER,
  PAGE_OF_ALL_KEYS,
  PAGE_OF_READER_KEYS,
} from '../../store/sql/console-trust.ts';
import { thumbprintOf } from '../../trust/change-key.ts';
import { GATEWAY_OWNER, isWithin } from '../../trust/trust-snapshot.ts';
import { exactText, tenantId } from '../filters.ts';
import { listRoute, type PageWanted } from '../list-route.ts';
import { EVERY_ROLE } from '../roles.ts';
import { faultOfCursor, iso, readPage } from './pages.ts';
import { keyItem, keyPurpose, keyState } from './schemas.ts';

export interface KeyQuery {
  readonly owner: string | null;
  readonly purpose: string | null;
  readonly state: string | null;
  /** Beginning of the kid. */
  readonly kid: string | null;
  readonly publicKey: Uint8Array | null;
}

interface Row {
  readonly owner: string;
  readonly purpose: string;
  readonly kid: string;
  readonly public_key: Uint8Array;
  readonly domain: readonly string[] | null;
  readonly state: string;
  readonly not_before: Date | null;
  readonly not_after: Date | null;
  readonly source: string;
  readonly reason: string | null;
  readonly signer_uri: string | null;
  readonly created_at: string;
  readonly updated_at: Date;
}

/** The keyring as this scope may see it: everything, or what concerns its tenants. */
export async function readKeys(
  db: Queryable,
  scope: ReaderScope,
  query: KeyQuery,
  page: PageWanted,
  nowMs: number,
): Promise<Page<z.input<typeof keyItem>>> {
  const statement = scope === 'all-tenants' ? PAGE_OF_ALL_KEYS : PAGE_OF_READER_KEYS;
  const { owner, purpose, state, kid, publicKey } = query;
  const filters = [owner, purpose, state, kid, publicKey];
  const { rows, next } = await readPage<Row>(db, statement, page, filters, nameOf);
  const lives = await db.query<Change>(scope === 'all-tenants' ? LIVES_OF_ALL : LIVES_OF_READER, [
    rows.map((row) => row.public_key),
  ]);
  const lifeOf = (row: Row) => statesOf(lives.filter((change) => nameOf(change) === nameOf(row)));
  return { rows: rows.map((row) => ({ ...toItem(row, scope, nowMs), life: lifeOf(row) })), next };
}

interface Change {
  readonly owner: string;
  readonly purpose: string;
  readonly kid: string;
  readonly state: string;
  readonly changed_at: Date;
}

/** Changes of something else, as of an end, leave the state as it is. */
function statesOf(changes: readonly Change[]): z.input<typeof keyItem>['life'] {
  return changes
    .filter((change, index) => change.state !== changes[index - 1]?.state)
    .map((change) => ({ state: keyState.parse(change.state), from: change.changed_at.toISOString() }));
}

/** Unambiguous: neither a purpose nor a kid holds a space. */
function nameOf(row: Pick<Row, 'owner' | 'purpose' | 'kid'>): string {
  return `${row.purpose} ${row.kid} ${row.owner}`;
}

function toItem(row: Row, scope: ReaderScope, nowMs: number): Omit<z.input<typeof keyItem>, 'life'> {
  const alive = isWithin(row.not_before?.getTime() ?? null, row.not_after?.getTime() ?? null, nowMs);
  const own = row.owner === GATEWAY_OWNER;
  // A reader of some tenants is told of none for a key that is confined to none.
  const tenants = row.domain === null || row.domain.length === 0 ? null : [...row.domain];
  return {
    kid: row.kid,
    owner: row.owner,
    purpose: keyPurpose.parse(row.purpose),
    state: keyState.parse(row.state),
    verifies: alive && (row.state === 'active' || row.state === 'retiring'),
    signs: alive && own && row.state === 'active',
    tenants,
    not_before: iso(row.not_before),
    not_after: iso(row.not_after),
    source: row.source,
    custody: own && scope === 'all-tenants' ? custodyOf(row.signer_uri) : null,
    reason: row.reason,
    public_key: Buffer.from(row.public_key).toString('base64url'),
    thumbprint: thumbprintOf({ public_key: row.public_key }),
    created_at: row.created_at,
    updated_at: row.updated_at.toISOString(),
  };
}

/** Paths, addresses and names of tokens are for the command line. */
function custodyOf(uri: string | null): z.input<typeof keyItem>['custody'] {
  if (uri === null) return 'environment';
  const scheme = /^(file|pkcs11|vault):/.exec(uri)?.[1];
  return (scheme as 'file' | 'pkcs11' | 'vault' | undefined) ?? 'other';
}

/** A cell of a spreadsheet is no place for a life. */
const KEY_COLUMNS = keyItem.keyof().options.filter((column) => column !== 'life');

export const keysRoute = listRoute({
  id: 'trustKeys',
  path: '/trust/keys',
  summary: 'The keyring, revoked keys included; for a tenant those that concern it; newest first',
  roles: EVERY_ROLE,
  filters: {
    owner: exactText().optional().meta({ description: '`@gateway`: keys of the gateway itself' }),
    purpose: keyPurpose.optional(),
    state: keyState.optional(),
    kid: exactText(128).optional().meta({ description: 'Beginning of the kid' }),
    tenant: tenantId.optional(),
  },
  item: keyItem,
  columns: KEY_COLUMNS,
  fileName: 'keys',
  list: async (context, filters, page) => {
    const fault = faultOfCursor(page.after);
    if (fault !== null) return fault;
    const { tenant, owner = null, purpose = null, state = null, kid = null } = filters;
    const query = { owner, purpose, state, kid, publicKey: null };
    const { rows, next } = await context.read(tenant, (db, scope) =>
      readKeys(db, scope, query, page, context.now()),
    );
    return { ok: true, value: { items: rows, next } };
  },
});
