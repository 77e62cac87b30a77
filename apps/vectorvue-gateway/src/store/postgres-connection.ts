import type pg from 'pg';
import type { DatabaseRole, OpenDatabaseOptions } from './open-database.ts';
import { columnReader } from './sql-columns.ts';
import { type Backend, StoreError } from './store-error.ts';

export type PostgresOptions = OpenDatabaseOptions & { readonly databaseUrl: string };

export const OLDEST_SERVER = 150_000;

const INSPECT = `
  SELECT current_setting('server_version_num')::int AS version_number,
         current_setting('server_version') AS version,
         pg_backend_pid() AS pid,
         coalesce((SELECT extract(epoch FROM backend_start)::text FROM pg_stat_activity WHERE pid = pg_backend_pid()), '') AS started_at,
         session_user::text AS login,
         EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS role_exists,
         coalesce((SELECT pg_has_role(session_user, oid, CASE
             WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)
           FROM pg_roles WHERE rolname = $1), false) AS member,
         to_regnamespace('federation') IS NOT NULL AS schema_exists`;

interface Inspected {
  readonly version_number: number;
  readonly version: string;
  readonly pid: number;
  readonly started_at: string;
  readonly login: string;
  readonly role_exists: boolean;
  readonly member: boolean;
  readonly schema_exists: boolean;
}

/** What is known of one connection, for as long as it lives. */
export interface ConnectionState {
  readonly backend: Backend;
  /** False: still the login itself, because the role does not exist yet. Tried again at the next use. */
  roleSet: boolean;
}

/** First words on a new connection: settings, and who is at the other end. Sets no role. */
export async function greet(client: pg.ClientBase, options: OpenDatabaseOptions): Promise<ConnectionState> {
  const found = await inspect(client, options.role);
  if (found.version_number < OLDEST_SERVER) {
    throw new StoreError(
      'server_too_old',
      `the server is PostgreSQL ${found.version}; version 15 or later is needed`,
    );
  }
  const timeout = statementTimeoutMs(options);
  await client.query(
    `SET search_path = federation; SET client_encoding = 'UTF8'; SET timezone = 'UTC';
     SET datestyle = 'ISO, YMD'; SET bytea_output = 'hex'; SET extra_float_digits = 1;
     SET standard_conforming_strings = on; SET statement_timeout = ${timeout};
     SET idle_in_transaction_session_timeout = 60000; SET default_transaction_isolation = 'read committed';
     -- A server may be set to acknowledge before it has written; evidence must not be.
     SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`,
  );
  return { backend: { pid: found.pid, startedAt: found.started_at }, roleSet: false };
}

/** Takes the role, or says by name why it cannot. A migrating connection stays the login until there is a role. */
export async function takeRole(client: pg.ClientBase, role: DatabaseRole): Promise<boolean> {
  const found = await inspect(client, role);
  const name = roleName(role);
  if (role === 'migrate' && !found.role_exists) return false;
  if (role !== 'migrate' && !found.schema_exists) {
    throw new StoreError('schema_missing', 'the database has no schema yet: run "vectorvue-gateway migrate"');
  }
  if (found.role_exists && found.member) {
    await client.query(`SET ROLE ${name}`);
    return true;
  }
  if (!found.role_exists) {
    throw new StoreError(
      'role_missing',
      `the server has no role ${name} (restored to another cluster?): see infra/postgres/README.md`,
    );
  }
  throw new StoreError(
    'privilege_missing',
    `the login ${found.login} is not a member of ${name}: GRANT ${name} TO "${found.login}"`,
  );
}

export function roleName(role: DatabaseRole): string {
  return `vectorvue_${role}`;
}

export function statementTimeoutMs(options: OpenDatabaseOptions): number {
  return Math.trunc(options.statementTimeoutMs ?? (options.role === 'migrate' ? 0 : 30_000));
}

async function inspect(client: pg.ClientBase, role: DatabaseRole): Promise<Inspected> {
  const { rows } = await client.query<Inspected>(INSPECT, [roleName(role)]);
  const [found] = rows;
  if (found === undefined) throw new StoreError('unavailable', 'the database did not say what it is');
  return found;
}

export function clientConfig(options: PostgresOptions): pg.ClientConfig {
  const timeout = statementTimeoutMs(options);
  return {
    connectionString: options.databaseUrl,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    keepAlive: true,
    application_name: `vectorvue-gateway-${options.role}`,
    // The server gives up first; if it does not answer at all, the connection is given up and read back.
    ...(timeout === 0 ? {} : { query_timeout: timeout + 5_000 }),
    types: { getTypeParser: (oid: number) => columnReader(oid) as never },
  };
}

/** A SQLSTATE or an errno: never the message, which may quote the connection string's host or user. */
export function reason(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return error instanceof Error && error.message.includes('timeout') ? 'timeout' : 'connection';
}
