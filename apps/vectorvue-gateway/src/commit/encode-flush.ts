import { hash } from 'node:crypto';
import type { CommitEffect, CommitRequest, EvidenceRow } from '../store/commit-types.ts';
import { ACTION, addAuditCandidates } from './audit-candidates.ts';
import { addItems } from './encode-items.ts';
import { emptyFlush, type Flush } from './flush-columns.ts';

/** As migration 8 numbers them; 4 is what leaves an audit entry and nothing else. */
const KIND: { readonly [K in CommitEffect['kind']]: number } = {
  refusal: 0,
  events: 1,
  graph: 2,
  query: 3,
  bundle: 4,
  noted: 4,
};

/** What is kept of a refused body; the database checks it too. */
export const REFUSED_BODY_BYTES = 65_536;

const NOTHING_VOUCHED = new Uint8Array(128);

/** Requests to columns, in order. Pure, but for the salts of the audit entries. */
export function encodeFlush(requests: readonly CommitRequest[]): Flush {
  const flush = emptyFlush();
  for (const request of requests) addRequest(flush, request);
  return flush;
}

function addRequest(flush: Flush, request: CommitRequest): void {
  const { columns } = flush;
  const { effect } = request;
  columns.r_id.push(request.requestId);
  columns.r_received.push(new Date(request.receivedAtMs));
  columns.r_endpoint.push(request.endpoint);
  columns.r_identity.push(request.identity);
  columns.r_peer.push(request.peerSha256);
  columns.r_action.push(ACTION[request.endpoint]);
  columns.r_kid.push(request.kid);
  columns.r_trust.push(request.trustVersion);
  columns.r_tenant.push(request.tenantId);
  columns.r_operator.push(request.operatorId);
  columns.r_nonce.push(request.nonceClaim?.nonce ?? null);
  columns.r_nonce_timestamp.push(request.nonceClaim?.timestamp ?? null);
  columns.r_scope.push(request.operatorId === null ? null : (request.rateLimit?.scope ?? null));
  columns.r_cost.push(request.rateLimit?.cost ?? null);
  columns.r_kind.push(KIND[effect.kind]);
  columns.r_refusal.push(effect.kind === 'refusal' ? effect.code : null);
  const bodySha256 = addBody(flush, effect);
  const number = columns.r_id.length;
  const items = effect.kind === 'events' ? effect.items : [];
  columns.r_first_item.push(columns.i_request.length + 1);
  columns.r_items.push(items.length);
  addItems(flush, items, number);
  if (effect.kind === 'graph') {
    columns.g_request.push(number);
    columns.g_fingerprint.push(effect.graph.executionFingerprint);
    columns.g_attestation.push(effect.graph.attestationMeasurementHash);
    columns.g_target.push(effect.graph.targetUrn);
    columns.g_nodes.push(effect.graph.nodeCount);
  }
  addAdjustments(flush, effect, number);
  addAuditCandidates(flush, request, number, bodySha256);
}

/** Evidence, or the beginning of what was refused. Answers with the hex SHA-256 of the bytes at hand. */
function addBody(flush: Flush, effect: CommitEffect): string | null {
  const { columns } = flush;
  const evidence = effect.kind === 'events' || effect.kind === 'graph' ? effect.evidence : null;
  const body = evidence?.body ?? (effect.kind === 'refusal' ? effect.refusedBody : null);
  const kept = evidence === null ? (body?.subarray(0, REFUSED_BODY_BYTES) ?? null) : body;
  const digest = body === null ? null : hash('sha256', body, 'buffer');
  columns.r_evidence_kid.push(evidence?.kid ?? null);
  columns.r_evidence_timestamp.push(evidence?.timestamp ?? null);
  columns.r_evidence_nonce.push(evidence?.nonce ?? null);
  columns.r_body_start.push(flush.bodyBytes + 1);
  columns.r_body_length.push(kept?.length ?? 0);
  columns.r_body_bytes.push(body?.length ?? null);
  if (kept !== null) {
    flush.bodies.push(kept);
    flush.bodyBytes += kept.length;
  }
  flush.vouch.push(evidence === null || digest === null ? NOTHING_VOUCHED : vouch(evidence, digest));
  return digest?.toString('hex') ?? null;
}

function vouch(evidence: EvidenceRow, digest: Uint8Array): Uint8Array {
  if (evidence.publicKey.length !== 32 || evidence.signature.length !== 64) {
    throw new TypeError('evidence carries a 32-byte key and a 64-byte signature');
  }
  return Buffer.concat([evidence.publicKey, evidence.signature, digest]);
}

function addAdjustments(flush: Flush, effect: CommitEffect, number: number): void {
  const { columns } = flush;
  const rows = effect.kind === 'graph' ? effect.adjustments : effect.kind === 'query' ? effect.reissued : [];
  for (const row of rows) {
    columns.a_request.push(number);
    columns.a_target.push(row.targetUrn);
    columns.a_action.push(row.action);
    columns.a_confidence.push(row.confidence);
    columns.a_rationale.push(row.rationale);
    columns.a_control.push(row.control);
    columns.a_ttl.push(row.ttlSeconds);
    columns.a_issued.push(row.timestamp);
    columns.a_fingerprint.push(row.executionFingerprint);
    columns.a_attestation.push(row.attestationMeasurementHash);
    columns.a_cause.push(row.cause);
    columns.a_cause_id.push(row.causeId);
    columns.a_rule.push(row.ruleId);
  }
}
