import { standingOf } from '../../key-rotation/rotate.ts';
import { GENERAL, listSchedules, type RotationRow } from '../../key-rotation/rotation-rows.ts';
import type { Queryable } from '../../store/database.ts';
import { CONFIRMATIONS_OF, PAGE_OF_ROTATIONS } from '../../store/sql/console-trust.ts';
import { tenantId } from '../filters.ts';
import { listRoute } from '../list-route.ts';
import { EVERY_ROLE } from '../roles.ts';
import { faultOfCursor, iso, readPage, whole } from './pages.ts';
import { rotationItem, scheduleItem } from './schemas.ts';

type Row = Omit<RotationRow, 'started_at'> & {
  readonly started_at: string;
  readonly created_at: string;
  readonly published_at: Date | null;
};

export const rotationsRoute = listRoute({
  id: 'trustRotations',
  path: '/trust/rotations',
  summary:
    'Rotations of the gateway’s feedback keys: where each stands, who has confirmed the new key, whom it waits for; newest first',
  roles: EVERY_ROLE,
  filters: { tenant: tenantId.optional() },
  item: rotationItem,
  fileName: 'rotations',
  list: async (context, { tenant }, page) => {
    const fault = faultOfCursor(page.after);
    if (fault !== null) return fault;
    const now = new Date(context.now());
    return context.read(tenant, async (db, scope) => {
      const { rows, next } = await readPage<Row>(db, PAGE_OF_ROTATIONS, page, [], (row) => row.rotation_id);
      const confirmations = await db.query<{
        kid: string;
        identity: string;
        tenant_id: string;
        confirmed_at: Date;
      }>(CONFIRMATIONS_OF, [rows.map((row) => row.new_kid)]);
      const items = [];
      for (const row of rows) {
        // Identities are of no tenant, so whom it waits for is told to those who see all.
        const waits = scope === 'all-tenants' ? await waitsFor(db, row, now) : null;
        items.push({
          tenant_id: row.tenant_id === GENERAL ? null : row.tenant_id,
          state: row.state,
          new_kid: row.new_kid,
          old_kids: [...row.old_kids],
          confirmations: confirmations
            .filter(
              ({ kid, tenant_id: of }) =>
                kid === row.new_kid && (row.tenant_id === GENERAL || of === row.tenant_id),
            )
            .map((one) => ({
              identity: one.identity,
              tenant_id: one.tenant_id,
              confirmed_at: one.confirmed_at.toISOString(),
            })),
          waits_for: waits?.peers ?? null,
          silent: waits?.silent ?? null,
          late: row.state === 'published' && row.alert_at <= now,
          forced: row.forced,
          scheduled: row.scheduled,
          started_by: row.started_by,
          started_at: row.started_at,
          published_at: iso(row.published_at),
          activated_at: iso(row.activated_at),
          retire_at: iso(row.retire_at),
          alert_at: row.alert_at.toISOString(),
        });
      }
      return { ok: true, value: { items, next } };
    });
  },
});

async function waitsFor(db: Queryable, row: Row, now: Date) {
  if (row.state !== 'prepared' && row.state !== 'published') return null;
  const { peers, silent } = await standingOf(db, { ...row, started_at: new Date(row.started_at) }, now);
  const waiting = peers.filter(({ confirmed }) => !confirmed).map(({ identity }) => identity);
  return { peers: [...new Set(waiting)], silent: [...silent] };
}

export const schedulesRoute = listRoute({
  id: 'trustSchedules',
  path: '/trust/schedules',
  summary: 'Which feedback keys gateways rotate by themselves, and when next',
  roles: EVERY_ROLE,
  filters: { tenant: tenantId.optional() },
  item: scheduleItem,
  fileName: 'schedules',
  list: async (context, { tenant }) => {
    const rows = await context.read(tenant, (db) => listSchedules(db));
    return whole(
      rows.map((row) => ({
        tenant_id: row.tenant_id === GENERAL ? null : row.tenant_id,
        every_seconds: row.every_seconds,
        overlap_seconds: row.overlap_seconds,
        confirm_seconds: row.confirm_seconds,
        next_at: row.next_at.toISOString(),
        changed_by: row.changed_by,
      })),
    );
  },
});
