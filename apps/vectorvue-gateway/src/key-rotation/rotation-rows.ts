import type { Queryable, Statement } from '../store/database.ts';

/** `*`: the general key; else the tenant whose own key it is, lower case. */
export type RotationScope = string;
export const GENERAL: RotationScope = '*';

/**
 * `prepared`: the next key exists and is pending. `published`: agents are told of it and confirm it. `active`: it
 * signs; the old one is retiring and ends at `retire_at`. `retired`: it has ended. `abandoned`: the next key was
 * revoked before it signed.
 */
export type RotationState = 'prepared' | 'published' | 'active' | 'retired' | 'abandoned';

export interface RotationRow {
  readonly tenant_id: RotationScope;
  readonly rotation_id: string;
  readonly state: RotationState;
  readonly new_kid: string;
  readonly old_kids: readonly string[];
  readonly overlap_seconds: number;
  readonly scheduled: boolean;
  readonly started_by: string;
  readonly started_at: Date;
  readonly activated_at: Date | null;
  readonly forced: boolean;
  readonly retire_at: Date | null;
  readonly alert_at: Date;
  readonly alerted_at: Date | null;
}

export interface ScheduleRow {
  readonly tenant_id: RotationScope;
  readonly every_seconds: number;
  readonly overlap_seconds: number;
  readonly confirm_seconds: number;
  readonly next_at: Date;
  readonly changed_by: string;
}

/** An agent that exchanges keys, and whether it has loaded a certain one for that tenant. */
export interface PeerConfirmation {
  readonly identity: string;
  readonly tenant_id: string;
  readonly confirmed: boolean;
}

const COLUMNS =
  'tenant_id, rotation_id::text, state, new_kid, old_kids, overlap_seconds, scheduled, started_by, started_at, activated_at, forced, retire_at, alert_at, alerted_at';

const LIVING: Statement = {
  name: 'rotation-living-v1',
  text: `SELECT ${COLUMNS} FROM key_rotations WHERE state IN ('prepared', 'published', 'active') ORDER BY tenant_id, started_at`,
};
const LATEST: Statement = {
  name: 'rotation-latest-v1',
  text: `SELECT ${COLUMNS} FROM key_rotations WHERE tenant_id = $1 ORDER BY started_at DESC, rotation_id DESC LIMIT 1`,
};
const INSERT: Statement = {
  name: 'rotation-insert-v1',
  text: `INSERT INTO key_rotations (tenant_id, rotation_id, purpose, state, new_kid, old_kids, overlap_seconds, scheduled,
                started_by, started_at, alert_at)
         VALUES ($1, $2, 'feedback', 'prepared', $3, $4::text[], $5, $6, $7, $8, $9)`,
};
const MOVE: Statement = {
  name: 'rotation-move-v1',
  text: `UPDATE key_rotations
            SET state = $3,
                published_at = CASE $3 WHEN 'published' THEN $4::timestamptz ELSE published_at END,
                activated_at = CASE $3 WHEN 'active' THEN $4::timestamptz ELSE activated_at END,
                forced = forced OR $5,
                retire_at = CASE $3 WHEN 'active' THEN $4::timestamptz + make_interval(secs => overlap_seconds) ELSE retire_at END
          WHERE tenant_id = $1 AND rotation_id = $2::uuid`,
};
const ALERTED: Statement = {
  name: 'rotation-alerted-v1',
  text: 'UPDATE key_rotations SET alerted_at = $3 WHERE tenant_id = $1 AND rotation_id = $2::uuid',
};
/** Agents that are suspended, or without a pin that still holds, cannot come back to confirm, so nobody waits for them. */
const PEERS: Statement = {
  name: 'rotation-peers-v2',
  text: `SELECT e.identity, e.tenant_id, c.kid IS NOT NULL AS confirmed
           FROM key_exchanges AS e
           JOIN service_identities AS i ON i.identity = e.identity AND i.state = 'active' AND (i.tenants IS NULL OR e.tenant_id = ANY (i.tenants))
           LEFT JOIN key_confirmations AS c ON c.tenant_id = e.tenant_id AND c.identity = e.identity AND c.kid = $2
          WHERE ($1 = '*' OR e.tenant_id = $1)
            AND EXISTS (SELECT FROM identity_pins AS p WHERE p.identity = e.identity AND (p.not_after IS NULL OR p.not_after > $3))
          ORDER BY e.identity, e.tenant_id`,
};
const UNKNOWN: Statement = {
  name: 'rotation-unknown-v2',
  text: `SELECT i.identity FROM service_identities AS i
          WHERE i.state = 'active' AND ($1 = '*' OR i.tenants IS NULL OR $1 = ANY (i.tenants))
            AND EXISTS (SELECT FROM identity_pins AS p WHERE p.identity = i.identity AND (p.not_after IS NULL OR p.not_after > $2))
            AND NOT EXISTS (SELECT FROM key_exchanges AS e WHERE e.identity = i.identity AND ($1 = '*' OR e.tenant_id = $1))
          ORDER BY i.identity`,
};
const SCHEDULES: Statement = {
  name: 'rotation-schedules-v1',
  text: 'SELECT tenant_id, every_seconds, overlap_seconds, confirm_seconds, next_at, changed_by FROM key_schedules ORDER BY tenant_id',
};
const PUT_SCHEDULE: Statement = {
  name: 'rotation-put-schedule-v1',
  text: `INSERT INTO key_schedules (tenant_id, purpose, every_seconds, overlap_seconds, confirm_seconds, next_at, changed_by, changed_at)
         VALUES ($1, 'feedback', $2, $3, $4, $5, $6, $7)
         ON CONFLICT (tenant_id, purpose) DO UPDATE SET every_seconds = excluded.every_seconds,
                overlap_seconds = excluded.overlap_seconds, confirm_seconds = excluded.confirm_seconds,
                next_at = excluded.next_at, changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
};
const DROP_SCHEDULE: Statement = {
  name: 'rotation-drop-schedule-v1',
  text: `DELETE FROM key_schedules WHERE tenant_id = $1 AND purpose = 'feedback'`,
};

export function livingRotations(db: Queryable): Promise<readonly RotationRow[]> {
  return db.query<RotationRow>(LIVING);
}

/** The newest of a scope, whatever became of it; null: there was none. */
export async function latestRotation(db: Queryable, scope: RotationScope): Promise<RotationRow | null> {
  return (await db.query<RotationRow>(LATEST, [scope]))[0] ?? null;
}

export type NewRotation = Pick<
  RotationRow,
  | 'tenant_id'
  | 'rotation_id'
  | 'new_kid'
  | 'old_kids'
  | 'overlap_seconds'
  | 'scheduled'
  | 'started_by'
  | 'started_at'
  | 'alert_at'
>;

export async function insertRotation(tx: Queryable, row: NewRotation): Promise<void> {
  const { tenant_id, rotation_id, new_kid, old_kids, overlap_seconds, scheduled } = row;
  await tx.query(INSERT, [
    tenant_id,
    rotation_id,
    new_kid,
    old_kids,
    overlap_seconds,
    scheduled,
    row.started_by,
    row.started_at,
    row.alert_at,
  ]);
}

export async function moveRotation(
  tx: Queryable,
  row: RotationRow,
  to: RotationState,
  now: Date,
  forced = false,
): Promise<void> {
  await tx.query(MOVE, [row.tenant_id, row.rotation_id, to, now, forced]);
}

export async function markAlerted(tx: Queryable, row: RotationRow, now: Date): Promise<void> {
  await tx.query(ALERTED, [row.tenant_id, row.rotation_id, now]);
}

export function peerConfirmations(
  db: Queryable,
  scope: RotationScope,
  kid: string,
  now: Date,
): Promise<readonly PeerConfirmation[]> {
  return db.query<PeerConfirmation>(PEERS, [scope, kid, now]);
}

/** Identities that have never exchanged keys: they get them by file, and nothing is known of what they have. */
export async function silentIdentities(
  db: Queryable,
  scope: RotationScope,
  now: Date,
): Promise<readonly string[]> {
  return (await db.query<{ identity: string }>(UNKNOWN, [scope, now])).map(({ identity }) => identity);
}

export function listSchedules(db: Queryable): Promise<readonly ScheduleRow[]> {
  return db.query<ScheduleRow>(SCHEDULES);
}

export async function putSchedule(tx: Queryable, row: ScheduleRow, now: Date): Promise<void> {
  const { tenant_id, every_seconds, overlap_seconds, confirm_seconds, next_at, changed_by } = row;
  await tx.query(PUT_SCHEDULE, [
    tenant_id,
    every_seconds,
    overlap_seconds,
    confirm_seconds,
    next_at,
    changed_by,
    now,
  ]);
}

export async function dropSchedule(tx: Queryable, scope: RotationScope): Promise<void> {
  await tx.query(DROP_SCHEDULE, [scope]);
}
