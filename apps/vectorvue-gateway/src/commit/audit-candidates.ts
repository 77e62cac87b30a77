import { type AuditClass, classOfCode } from '../audit/classify.ts';
import { type DraftCommitments, entryFragments, makeCommitment, makeCommitments } from '../audit/entry.ts';
import type { CommitEffect, CommitItem, CommitRequest, Endpoint } from '../store/commit-types.ts';
import type { Flush } from './flush-columns.ts';

/** Actions of the audit log, by endpoint. */
export const ACTION: { readonly [E in Endpoint]: string } = {
  telemetry: 'telemetry',
  'telemetry-batch': 'telemetry.batch',
  'execution-graph': 'graph',
  'feedback-query': 'feedback.query',
  'evidence-bundle': 'evidence.verify',
  'key-exchange': 'key.exchange',
  'audit-checkpoint': 'audit.checkpoint',
  'audit-tile': 'audit.tile',
  'audit-receipt': 'audit.receipt',
  'audit-cosignature': 'audit.cosignature',
};

/** Code of an entry about something that was done, where nothing says it better. */
export const ACCEPTED = 'accepted';
export const ISSUED = 'issued';

/** Which of the two shapes that a request can take in the log an entry belongs to. */
export interface Candidate {
  /** Number of the item in the flush, from 1; 0: the whole request. */
  readonly item: number;
  readonly ifAlive: boolean;
  readonly ifReplay: boolean;
}

/**
 * What may be written of a request: one entry for the whole, or one an item; and one if its nonce turns out to be
 * claimed already. A request with one item uses the same entry for both. Which it becomes is known in the commit.
 */
export function candidatesOf(effect: CommitEffect, firstItem: number): readonly Candidate[] {
  if (effect.kind !== 'events') return [{ item: 0, ifAlive: true, ifReplay: true }];
  if (effect.items.length === 1) return [{ item: firstItem, ifAlive: true, ifReplay: true }];
  return [
    { item: 0, ifAlive: false, ifReplay: true },
    ...effect.items.map((_, index) => ({ item: firstItem + index, ifAlive: true, ifReplay: false })),
  ];
}

export function addAuditCandidates(
  flush: Flush,
  request: CommitRequest,
  number: number,
  evidenceSha256: string | null,
): void {
  const { columns } = flush;
  const { effect } = request;
  const firstItem = columns.i_request.length - (effect.kind === 'events' ? effect.items.length : 0) + 1;
  // Client, tenant and operator are those of the request, so its entries share their commitments.
  const shared = makeCommitments({
    // Of a refusal, to follow it up; what was accepted has a certificate and a signature.
    clientAddress: effect.kind === 'refusal' ? (request.clientAddress ?? null) : null,
    operatorId: request.operatorId,
    subject: null,
    tenantId: request.tenantId,
  });
  for (const candidate of candidatesOf(effect, firstItem)) {
    const item =
      effect.kind === 'events' && candidate.item > 0 ? effect.items[candidate.item - firstItem] : undefined;
    const decided = decide(effect, item);
    const subject = item === undefined ? subjectOfRequest(effect) : subjectOfItem(item);
    const commitments: DraftCommitments = {
      ...shared,
      subject: subject === null ? null : makeCommitment(subject),
    };
    const fragments = entryFragments(
      {
        action: ACTION[request.endpoint],
        actor: request.identity,
        evidenceSha256,
        kid: request.kid,
        peerSha256: request.peerSha256,
      },
      commitments,
    );
    columns.c_request.push(number);
    columns.c_item.push(candidate.item);
    columns.c_if_alive.push(candidate.ifAlive);
    columns.c_if_replay.push(candidate.ifReplay);
    columns.c_class.push(decided.class);
    columns.c_code.push(decided.code);
    columns.c_head.push(fragments.head);
    columns.c_middle.push(fragments.middle);
    columns.c_disclosure.push(fragments.disclosure);
  }
}

/** Class and code where the commit has nothing to decide; an event's are null and come from its fate. */
function decide(
  effect: CommitEffect,
  item: CommitItem | undefined,
): { readonly class: AuditClass; readonly code: string | null } {
  if (item !== undefined) {
    return item.kind === 'rejected'
      ? { class: classOfCode(item.code), code: item.code }
      : { class: 'decision', code: null };
  }
  switch (effect.kind) {
    case 'refusal':
      return { class: classOfCode(effect.code), code: effect.code };
    case 'query':
      return { class: 'feedback', code: ISSUED };
    case 'events':
    case 'graph':
    case 'bundle':
    case 'noted':
      return { class: 'decision', code: ACCEPTED };
  }
}

/** What a whole request was about; null where its code says all. */
function subjectOfRequest(effect: CommitEffect): string | null {
  switch (effect.kind) {
    case 'refusal':
      return effect.path ?? null;
    case 'graph':
      return effect.graph.executionFingerprint;
    case 'query':
      return `${effect.issued.count} ${effect.issued.feedbackKid} ${effect.issued.inputSha256}`;
    case 'bundle':
      return effect.bundleHash;
    case 'noted':
      return effect.subject;
    case 'events':
      return null;
  }
}

/** The event's id; of a rejected item without a usable one, where it is wrong. */
function subjectOfItem(item: CommitItem): string {
  return item.kind === 'event' ? item.event.eventId : (item.eventId ?? item.path);
}
