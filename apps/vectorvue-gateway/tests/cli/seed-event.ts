import { createHash } from 'node:crypto';
import { canonicalizeCompat, contentHash, double, requestSignatureInput } from '@nyxera/federation-protocol';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../src/store/database.ts';
import { makePin, type TestKey } from '../trust/make-keys.ts';

export interface SeedOptions {
  readonly key: TestKey;
  readonly tenantId: string;
  readonly operatorId?: string;
  readonly eventId: string;
  readonly severity?: string;
  readonly assetRef?: string;
  readonly acceptedAt?: Date;
  readonly identity?: string;
  /** Makes it a batch of two, of which this is the second. */
  readonly batch?: boolean;
}

const EVIDENCE = {
  name: 'test-seed-evidence',
  text: `INSERT INTO evidence (tenant_id, request_id, received_at, endpoint, identity, peer_sha256, operator_id, kid, public_key,
    signature, header_timestamp, nonce, body, body_sha256)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
};
const EVENT = {
  name: 'test-seed-event',
  text: `INSERT INTO events (tenant_id, operator_id, event_id, request_id, evidence_index, campaign_id, event_type, source_system,
    severity, observed_at_text, observed_at, observed_at_assumed, techniques, tactics, execution_hash,
    attestation_measurement_hash, attestation_synthetic, asset_ref, target_urn, content_hash, accepted_at)
  VALUES ($1, $2, $3, $4, $5, 'c-1', 'SCAN', 'nmap', $6, '2026-02-26T12:00:00Z', '2026-02-26T12:00:00Z', false, '{T1046}', '{}',
    $7, $7, true, $8, $8, $9, $10)`,
};
const FINDING = {
  name: 'test-seed-finding',
  text: `INSERT INTO findings (tenant_id, operator_id, finding_id, event_id, campaign_id, asset_ref, target_urn, severity, status,
    first_seen, last_seen, execution_fingerprint, attestation_measurement_hash)
  VALUES ($1, $2, $3, $4, 'c-1', $5, $5, $6, $7, $8, $8, $9, $9)`,
};
const ADJUSTMENT = {
  name: 'test-seed-adjustment',
  text: `INSERT INTO adjustments (tenant_id, target_urn, action, confidence, rationale, control, ttl_seconds, issued_at, expires_at,
    execution_fingerprint, attestation_measurement_hash, cause, cause_id, rule_id)
  VALUES ($1, $2, 'deny', 1, 'because', 'execution', 1800, $3, $4, $5, $5, $6, $7, $8)`,
};

/** An accepted event as the commit leaves it: really signed evidence, and the event that points to it. */
export async function seedEvent(
  db: Database,
  options: SeedOptions,
): Promise<{ requestId: string; payload: string }> {
  const { key, tenantId, operatorId = 'op-1', eventId, severity = 'low', assetRef = 'host-1' } = options;
  const requestId = uuidv7();
  const acceptedAt = options.acceptedAt ?? new Date();
  const timestamp = Math.floor(acceptedAt.getTime() / 1000);
  const nonce = `nonce-${requestId}`;
  const hash = createHash('sha256').update(eventId).digest('hex');
  const payload = {
    event_id: eventId,
    severity,
    // What a careless reader would lose: a big integer, a double that is integral, text beyond ASCII.
    attributes: { big: 12345678901234567890n, one: double(1), name: 'ü\u202e' },
  };
  const other = { execution_hash: hash, payload: { event_id: 'another' } };
  const body = Buffer.from(
    canonicalizeCompat({
      operator_id: operatorId,
      campaign_id: 'c-1',
      tenant_id: tenantId.toUpperCase(),
      timestamp,
      nonce,
      ...(options.batch === true
        ? { items: [other, { execution_hash: hash, payload }] }
        : { execution_hash: hash, payload }),
    }),
  );
  const signature = key.sign(requestSignatureInput(timestamp, nonce, new Uint8Array(body)));
  await db.query(EVIDENCE, [
    tenantId,
    requestId,
    acceptedAt,
    options.batch === true ? 'telemetry-batch' : 'telemetry',
    options.identity ?? 'agent-1',
    makePin('agent-1'),
    operatorId,
    key.key.kid,
    key.key.raw,
    signature,
    timestamp,
    nonce,
    new Uint8Array(body),
    new Uint8Array(createHash('sha256').update(body).digest()),
  ]);
  await db.query(EVENT, [
    tenantId,
    operatorId,
    eventId,
    requestId,
    options.batch === true ? 1 : 0,
    severity,
    hash,
    assetRef,
    contentHash(payload, 'c-1', hash),
    acceptedAt,
  ]);
  return { requestId, payload: canonicalizeCompat(payload) };
}

export async function seedFinding(
  db: Database,
  options: {
    tenantId: string;
    eventId: string;
    severity?: string;
    status?: string;
    operatorId?: string;
    target?: string;
  },
): Promise<string> {
  const {
    tenantId,
    eventId,
    severity = 'critical',
    status = 'open',
    operatorId = 'op-1',
    target = 'host-1',
  } = options;
  const findingId = `fnd-${eventId}`;
  const hash = createHash('sha256').update(eventId).digest('hex');
  await db.query(FINDING, [
    tenantId,
    operatorId,
    findingId,
    eventId,
    target,
    severity,
    status,
    new Date(),
    hash,
  ]);
  return findingId;
}

/** An adjustment with a cause; returns nothing, read it back with `withdrawn`. */
export async function seedAdjustment(
  db: Database,
  options: { tenantId: string; cause: 'finding' | 'graph'; causeId: string; rule: string },
): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  await db.query(ADJUSTMENT, [
    options.tenantId,
    'host-1',
    now,
    now + 1800,
    'a'.repeat(64),
    options.cause,
    options.causeId,
    options.rule,
  ]);
}

export async function countWithdrawn(db: Database, tenantId: string, causeId: string): Promise<number> {
  const [row] = await db.query<{ n: number }>(
    {
      name: 'test-count-withdrawn',
      text: 'SELECT count(*)::int AS n FROM adjustments WHERE tenant_id = $1 AND cause_id = $2 AND withdrawn_at IS NOT NULL',
    },
    [tenantId, causeId],
  );
  return row?.n ?? -1;
}
