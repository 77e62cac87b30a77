/**
 * What the gateway's own books say: its tables, read as the database's owner reads them, and its metrics.
 */
import { Client } from 'pg';

/** An entry of the audit log about trust: when, who, what, of which key or certificate, and why. */
export interface TrustEntry {
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly code: string;
  /** The kid, or the fingerprint of the certificate. */
  readonly of: string;
  readonly reason: string | null;
}

export interface GatewayBooks {
  rows(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** The first column of the first row. */
  number(sql: string): Promise<number>;
  trustSince(sequence: number): Promise<readonly TrustEntry[]>;
  /** Counters, other than nought, of what was not answered as it was asked: `name{labels} value`. */
  refusals(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openBooks(databaseUrl: string, adminListen: string): Promise<GatewayBooks> {
  const db = new Client({ connectionString: databaseUrl, options: '-c search_path=federation' });
  await db.connect();
  const rows: GatewayBooks['rows'] = async (sql) => (await db.query(sql)).rows;
  return {
    rows,
    number: async (sql) => Number(Object.values((await rows(sql))[0] ?? {})[0]),
    trustSince: async (sequence) => {
      const found = await db.query(
        `SELECT recorded_at, actor, action, code, coalesce(kid, peer_sha256) AS of, disclosure::json #>> '{subject,value}' AS subject
           FROM audit_log WHERE class = 'trust' AND sequence > $1 ORDER BY sequence`,
        [sequence],
      );
      return found.rows.map(({ recorded_at, subject, of, ...row }) => {
        const told = JSON.parse(subject) as { reason?: string; server?: readonly string[] };
        const loaded = told.server?.map((one) => one.slice(0, 64)).join(' ');
        return { ...row, at: recorded_at.toISOString(), of: of ?? loaded, reason: told.reason ?? null };
      });
    },
    refusals: async () => {
      const text = await (await fetch(`http://${adminListen}/metrics`)).text();
      return text.split('\n').filter(isRefusal);
    },
    close: () => db.end(),
  };
}

const ANSWERED = /^vectorvue_requests_total\{.*code="(accepted|duplicate)"/;
const NOT_ANSWERED =
  /^vectorvue_(requests_total|requests_dropped_total|requests_shed_total|connections_refused_total|tls_handshake_failures_total|malformed_http_total)\b.* [1-9]/;

function isRefusal(line: string): boolean {
  return NOT_ANSWERED.test(line) && !ANSWERED.test(line);
}
