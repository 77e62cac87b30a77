/**
 * What an enemy between or beside the two ends would try, one after the other, against the running gateway.
 * Each step shows what the socket answered, that the number of stored events did not change, and the audit
 * entry that carries the same request id.
 */
import { createHash } from 'node:crypto';
import type { JsonObject } from '@nyxera/federation-protocol';
import { type Answer, offerHandshake, Peer } from './peer.ts';
import type { Report } from './report.ts';
import { askGateway, FOREIGN_TENANT, IDENTITY, OPERATOR, TENANT, type World } from './world.ts';

export const TELEMETRY = '/internal/v1/telemetry';
const CAMPAIGN = 'demo-hostile';

/** The members of an envelope that is beyond reproach, but for what the step changes. */
export function honestEnvelope(
  eventId: string,
  changes: { tenant?: string; schemaVersion?: string } = {},
): JsonObject {
  const tenant = changes.tenant ?? TENANT;
  const hash = createHash('sha256').update(eventId).digest('hex');
  return {
    operator_id: OPERATOR,
    campaign_id: CAMPAIGN,
    tenant_id: tenant,
    execution_hash: hash,
    signed_metadata: { tenant_id: tenant, operator_id: OPERATOR, campaign_id: CAMPAIGN },
    payload: {
      event_id: eventId,
      event_type: 'DEMO_PROBE',
      source_system: 'demo',
      severity: 'info',
      observed_at: '2026-02-26T12:00:00Z',
      mitre_techniques: ['T1046'],
      attributes: {
        attestation_measurement_hash: hash,
        attestation_synthetic: true,
        schema_version: changes.schemaVersion ?? '1.0',
        asset_ref: 'demo-host',
      },
    },
  };
}

interface AuditRow {
  readonly request_id: string;
  readonly code: string;
  readonly sequence: number;
}

async function auditOf(world: World, requestId: string): Promise<readonly AuditRow[]> {
  const found = await askGateway<{ entries: readonly AuditRow[] }>(world, [
    'audit',
    'list',
    '--request',
    requestId,
  ]);
  return found.entries;
}

/** Every event of every tenant that the gateway holds. */
export async function countEvents(world: World): Promise<number> {
  const found = await askGateway<{ events: readonly unknown[] }>(world, [
    'events',
    'list',
    '--all-tenants',
    '--limit',
    '1000',
  ]);
  return found.events.length;
}

interface Attempt {
  readonly name: string;
  readonly status: number;
  readonly code: string | null;
  /** Events that this attempt may add. */
  readonly adds: number;
  send(peer: Peer): Promise<Answer>;
}

const ATTEMPTS: readonly Attempt[] = [
  {
    name: 'replayed request',
    status: 409,
    code: 'replay_detected',
    adds: 1, // the first, honest sending of the two
    async send(peer) {
      const signed = await peer.sign(TELEMETRY, honestEnvelope('demo-replayed'));
      const first = await peer.send(signed);
      if (first.status !== 202) return first;
      return await peer.send(signed);
    },
  },
  {
    name: 'body changed after it was signed',
    status: 401,
    code: 'signature_invalid',
    adds: 0,
    async send(peer) {
      const signed = await peer.sign(TELEMETRY, honestEnvelope('demo-tampered'));
      const body = Buffer.from(signed.body);
      body[body.indexOf('"info"') + 1] = 'I'.charCodeAt(0);
      return await peer.send({ ...signed, body });
    },
  },
  {
    name: 'tenant that the operator does not belong to',
    status: 403,
    code: 'tenant_mapping_violation',
    adds: 0,
    async send(peer) {
      return await peer.send(
        await peer.sign(TELEMETRY, honestEnvelope('demo-foreign', { tenant: FOREIGN_TENANT })),
      );
    },
  },
  {
    name: 'schema version that was never agreed',
    status: 422,
    code: 'schema_version_unsupported',
    adds: 0,
    async send(peer) {
      return await peer.send(
        await peer.sign(TELEMETRY, honestEnvelope('demo-schema', { schemaVersion: '9.9' })),
      );
    },
  },
  {
    name: 'a retry of a delivered event, signed afresh (no replay)',
    status: 202,
    code: null,
    adds: 1, // the first sending
    async send(peer) {
      const first = await peer.send(await peer.sign(TELEMETRY, honestEnvelope('demo-retried')));
      if (first.status !== 202) return first;
      return await peer.send(await peer.sign(TELEMETRY, honestEnvelope('demo-retried')));
    },
  },
];

async function tryAttempt(
  world: World,
  report: Report,
  attempt: Attempt,
  send: () => Promise<Answer>,
): Promise<void> {
  const before = await countEvents(world);
  const answer = await send();
  const after = await countEvents(world);
  const audit = answer.requestId === null ? [] : await auditOf(world, answer.requestId);
  const duplicate = attempt.status === 202 ? answer.body.duplicate === true : true;
  const entry = audit.find((row) => row.request_id === answer.requestId);
  report.add({
    name: attempt.name,
    expected: attempt.code === null ? `${attempt.status}, duplicate` : `${attempt.status} ${attempt.code}`,
    observed: `${answer.status} ${answer.code ?? (answer.body.duplicate === true ? 'duplicate' : '')}`.trim(),
    ok:
      answer.status === attempt.status &&
      answer.code === attempt.code &&
      duplicate &&
      after === before + attempt.adds &&
      entry !== undefined,
    evidence: {
      'request id': answer.requestId,
      'events before': before,
      'events after': `${after}${attempt.adds > 0 ? ' (the honest first sending is one of them)' : ''}`,
      'audit entry': entry === undefined ? 'none' : `#${entry.sequence} ${entry.code}`,
      entry: entry ?? {},
    },
    ...(entry === undefined ? {} : { proof: { request_id: entry.request_id, code: entry.code } }),
  });
}

async function refuseHandshakes(world: World, report: Report): Promise<void> {
  const offers = [
    { name: 'stranger without a certificate', certificate: null, maxVersion: 'TLSv1.3' as const },
    { name: 'TLS 1.2 offered', certificate: world.agentCertificate, maxVersion: 'TLSv1.2' as const },
  ];
  for (const { name, certificate, maxVersion } of offers) {
    const before = await countEvents(world);
    const outcome = await offerHandshake({
      gateway: world.gateway.listen,
      caPem: world.caPem,
      certificate,
      maxVersion,
    });
    const after = await countEvents(world);
    report.add({
      name,
      expected: 'handshake refused',
      observed: outcome.refused ? `handshake refused (${outcome.how})` : `let in: ${outcome.how}`,
      ok: outcome.refused && before === after,
      evidence: {
        'request id': 'none: no request was ever read',
        'events before': before,
        'events after': after,
      },
    });
  }
}

/** Runs every attempt over real TLS. */
export async function tryToBreakIn(world: World, report: Report): Promise<void> {
  const peer = await Peer.open({
    gateway: world.gateway.listen,
    caPem: world.caPem,
    identity: IDENTITY,
    certificate: world.agentCertificate,
    signingKeyPath: world.telemetryKeyPath,
  });
  try {
    for (const attempt of ATTEMPTS) await tryAttempt(world, report, attempt, () => attempt.send(peer));
    const stolen: Attempt = {
      name: 'stolen identity header with another certificate',
      status: 401,
      code: 'peer_identity_rejected',
      adds: 0,
      send: async () =>
        await peer.send(await peer.sign(TELEMETRY, honestEnvelope('demo-stolen')), world.otherCertificate),
    };
    await tryAttempt(world, report, stolen, () => stolen.send(peer));
  } finally {
    await peer.close();
  }
  await refuseHandshakes(world, report);
}
