import type { ForwardEntry, OutgoingRecord } from './entry.ts';

/** Format `entry`: the entry's own members in one flat object; README.md lists them. */
export function toEntryRecord(entry: ForwardEntry): OutgoingRecord {
  return {
    id: entry.id,
    entry,
    json: {
      id: entry.id,
      sequence: entry.sequence,
      recorded_at: entry.recordedAt.toISOString(),
      class: entry.class,
      code: entry.code,
      level: entry.level,
      action: entry.action,
      actor: entry.actor,
      tenant_id: entry.tenantId,
      operator_id: entry.operatorId,
      subject: entry.subject,
      request_id: entry.requestId,
      kid: entry.kid,
      peer_sha256: entry.peerSha256,
      client_address: entry.clientAddress,
      evidence_sha256: entry.evidenceSha256,
      entry: entry.text,
    },
  };
}
