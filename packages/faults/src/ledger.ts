import pg from 'pg';

/** The rows that a run left, as plain SQL finds them: past the gateway, past its roles, past its row policies. */
export interface Ledger {
  readonly events: readonly EventRow[];
  readonly evidence: readonly EvidenceRow[];
  readonly findings: readonly FindingRow[];
  readonly audit: readonly AuditRow[];
  readonly auditSize: number;
  readonly nonces: readonly NonceRow[];
}

export interface EventRow {
  readonly tenantId: string;
  readonly operatorId: string;
  readonly eventId: string;
  readonly requestId: string;
  readonly severity: string;
  readonly eventType: string;
}

export interface EvidenceRow {
  readonly tenantId: string;
  readonly requestId: string;
  readonly identity: string;
  readonly nonce: string;
  readonly endpoint: string;
  /** Computed by the database over the stored bytes now, not the column that the gateway wrote. */
  readonly bodySha256: string;
}

export interface FindingRow {
  readonly tenantId: string;
  readonly operatorId: string;
  readonly findingId: string;
  readonly eventId: string;
}

export interface AuditRow {
  readonly sequence: number;
  readonly requestId: string;
  readonly code: string;
  readonly action: string;
  readonly entry: string;
  readonly leafHash: string;
}

export interface NonceRow {
  readonly identity: string;
  readonly nonce: string;
  readonly requestId: string;
}

const EVENTS = `SELECT tenant_id AS "tenantId", operator_id AS "operatorId", event_id AS "eventId",
  request_id::text AS "requestId", severity, event_type AS "eventType" FROM federation.events`;
const EVIDENCE = `SELECT tenant_id AS "tenantId", request_id::text AS "requestId", identity, nonce, endpoint,
  encode(sha256(body), 'hex') AS "bodySha256" FROM federation.evidence`;
const FINDINGS = `SELECT tenant_id AS "tenantId", operator_id AS "operatorId", finding_id AS "findingId",
  event_id AS "eventId" FROM federation.findings`;
const AUDIT = `SELECT sequence::float8 AS sequence, request_id::text AS "requestId", code, action, entry,
  encode(leaf_hash, 'hex') AS "leafHash" FROM federation.audit_log ORDER BY audit_log.sequence`;
const NONCES = `SELECT identity, nonce, request_id::text AS "requestId" FROM federation.nonces`;

/** Whether a nonce is claimed at this moment. */
export async function isNonceClaimed(url: string, nonce: string): Promise<boolean> {
  return connected(url, async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM federation.nonces WHERE nonce = $1', [nonce]);
    return rowCount === 1;
  });
}

/** How many events have an id that begins so. */
export async function countEvents(url: string, prefix: string): Promise<number> {
  return connected(url, async (client) => {
    const text = 'SELECT count(*)::int AS n FROM federation.events WHERE starts_with(event_id, $1)';
    return (await client.query<{ n: number }>(text, [prefix])).rows[0]?.n ?? 0;
  });
}

/** One snapshot: everything is read as of the same moment, while the gateway may still be writing. */
export async function readLedger(url: string): Promise<Ledger> {
  return connected(url, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const rows = async <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> =>
      (await client.query<Row>(text)).rows;
    return {
      events: await rows<EventRow>(EVENTS),
      evidence: await rows<EvidenceRow>(EVIDENCE),
      findings: await rows<FindingRow>(FINDINGS),
      audit: await rows<AuditRow>(AUDIT),
      auditSize: Number(
        (await rows<{ size: string }>('SELECT size::text AS size FROM federation.audit_head'))[0]?.size ?? -1,
      ),
      nonces: await rows<NonceRow>(NONCES),
    };
  });
}

async function connected<Value>(url: string, ask: (client: pg.Client) => Promise<Value>): Promise<Value> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}
