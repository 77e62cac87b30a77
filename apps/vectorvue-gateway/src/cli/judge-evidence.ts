import { isJsonObject, type JsonValue } from '@nyxera/federation-protocol';
import type { AcceptedThing, EvidenceWithKey } from '../store/read/list-evidence.ts';
import {
  claimChecks,
  lowerText,
  type OpenedEvidence,
  openEvidence,
  recheckEvent,
} from './recheck-evidence.ts';

/**
 * `valid`, or valid with a key that was revoked since; `evidence_removed`: there is nothing left to verify (retention
 * says so in the audit log). Everything else is a fault.
 */
export type EvidenceVerdict = 'valid' | 'valid_key_revoked' | 'evidence_removed' | EvidenceFault;

/**
 * - `key_unknown`: the keyring never had this key of this identity under this name.
 * - `key_not_valid`: when it was committed, the key was not active or retiring, out of its validity, or not for this tenant.
 * - `signature`: the stored bytes are not what that key signed.
 * - `content_hash`: the body, or the event's content, has another hash than was stored.
 * - `content`: the evidence is about another event, operator, tenant or graph.
 */
export type EvidenceFault = 'key_unknown' | 'key_not_valid' | 'signature' | 'content_hash' | 'content';

/** Evidence that was opened and whose key was judged; `fault` null: so far nothing is wrong. */
export interface JudgedEvidence {
  readonly evidence: EvidenceWithKey;
  readonly opened: OpenedEvidence;
  readonly fault: EvidenceFault | null;
}

/** What is the same for every event of one request. The signature first: without it nothing else means anything. */
export function judgeEvidence(evidence: EvidenceWithKey): JudgedEvidence {
  const opened = openEvidence(evidence);
  return { evidence, opened, fault: faultOf(evidence, opened) };
}

function faultOf(evidence: EvidenceWithKey, opened: OpenedEvidence): EvidenceFault | null {
  if (!opened.signature) return 'signature';
  if (!opened.bodySha256) return 'content_hash';
  if (evidence.state_today === null) return 'key_unknown';
  const mayVerify = evidence.state_then === 'active' || evidence.state_then === 'retiring';
  return mayVerify && evidence.covered_then === true ? null : 'key_not_valid';
}

/** One event or graph against its evidence; null: the evidence has been removed. */
export function judgeAccepted(thing: AcceptedThing, judged: JudgedEvidence | null): EvidenceVerdict {
  if (judged === null) return 'evidence_removed';
  const { evidence, opened, fault } = judged;
  if (fault !== null) return fault;
  const failed = (thing.event_id === null ? graphChecks : eventChecks)(thing, judged).filter(
    (check) => !check.ok,
  );
  if (failed.length > 0)
    return failed.every(({ name }) => name === 'content_hash') ? 'content_hash' : 'content';
  return evidence.state_today === 'revoked' && opened.signature ? 'valid_key_revoked' : 'valid';
}

function eventChecks(thing: AcceptedThing, { evidence, opened }: JudgedEvidence) {
  const event = {
    ...thing,
    event_id: thing.event_id ?? '',
    content_hash: thing.content_hash ?? new Uint8Array(),
  };
  return recheckEvent(opened, evidence.endpoint, event).checks;
}

/** PROTOCOL.md section 8: what anchors the adjustments that a graph causes. */
function graphChecks(thing: AcceptedThing, { evidence, opened }: JudgedEvidence) {
  const { envelope } = opened;
  const member = (name: string): JsonValue | undefined => envelope?.[name];
  return [
    { name: 'endpoint', ok: evidence.endpoint === 'execution-graph' && isJsonObject(member('graph')) },
    ...claimChecks(envelope, thing),
    { name: 'fingerprint', ok: lowerText(member('execution_fingerprint')) === thing.execution_hash },
    {
      name: 'attestation',
      ok: lowerText(member('attestation_measurement_hash')) === thing.attestation_measurement_hash,
    },
  ];
}
