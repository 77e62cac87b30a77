import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { canonicalizeCompat, GENESIS, intentHash, intentId } from '@nyxera/federation-protocol';
import type { Lane, NewEvent } from './types.ts';

/** The end of the chain: the last sequence and its hash; 0 and GENESIS for an installation without intents. */
export interface ChainLink {
  readonly sequence: number;
  readonly hash: string;
}

export interface WrittenIntent {
  readonly sequence: number;
  readonly intentId: string;
  readonly intentHash: string;
}

export function lastLink(db: DatabaseSync): ChainLink {
  const row = db.prepare('SELECT sequence, intent_hash FROM intents ORDER BY sequence DESC LIMIT 1').get();
  if (row === undefined) return { sequence: 0, hash: GENESIS };
  return { sequence: Number(row.sequence), hash: String(row.intent_hash) };
}

/** Prepared once for as many intents as a transaction writes. */
export function prepareIntentInsert(db: DatabaseSync): StatementSync {
  return db.prepare(
    'INSERT INTO intents (sequence, intent_id, lane_id, event_id, input, prev, intent_hash) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
}

/**
 * Within the transaction that writes the event (PROTOCOL.md section 11): the write lock makes the chain of all
 * lanes and processes one chain. The input is kept as text, so that the chain can be verified from the rows.
 */
export function writeIntent(
  insert: StatementSync,
  previous: ChainLink,
  lane: Lane,
  event: NewEvent,
): WrittenIntent {
  const sequence = previous.sequence + 1;
  const id = intentId(sequence);
  const input = {
    dispatch_target: event.assetRef,
    execution_fingerprint: event.executionHash,
    intent_id: id,
    manifest_hash: event.manifestHash,
    operator_id: lane.operatorId,
    policy_decision_hash: event.policyDecisionHash,
    tenant_id: lane.tenantId,
    timestamp: event.observedAt,
    tool_hash: event.toolHash,
  };
  const hash = intentHash(previous.hash, input);
  insert.run(sequence, id, lane.laneId, event.eventId, canonicalizeCompat(input), previous.hash, hash);
  return { sequence, intentId: id, intentHash: hash };
}
