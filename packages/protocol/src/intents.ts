import { sha256Hex } from '#digest-backend';
import { canonicalizeCompat } from './canonical-json.ts';
import { ProtocolError } from './protocol-error.ts';
import { accept, type Result, reject } from './result.ts';

/** What the first intent of a chain continues (PROTOCOL.md section 11). */
export const GENESIS = 'GENESIS';

export interface IntentInput {
  /** The asset_ref. */
  readonly dispatch_target: string;
  readonly execution_fingerprint: string;
  readonly intent_id: string;
  readonly manifest_hash: string;
  readonly operator_id: string;
  readonly policy_decision_hash: string;
  readonly tenant_id: string;
  /** The event's `observed_at`. */
  readonly timestamp: string;
  readonly tool_hash: string;
}

export interface ChainedIntent {
  readonly prev: string;
  readonly input: IntentInput;
  /** Lower-case hex SHA-256. */
  readonly intent_hash: string;
}

/** `intent-` and at least eight digits. @throws ProtocolError for anything but a positive safe integer. */
export function intentId(sequence: number): string {
  if (!Number.isSafeInteger(sequence) || sequence < 1) {
    throw new ProtocolError('schema_invalid', 'an intent sequence is a positive integer');
  }
  return `intent-${String(sequence).padStart(8, '0')}`;
}

/** Lower-case hex SHA-256 of `prev ":" compat(input)`, over exactly the nine members. */
export function intentHash(prev: string, input: IntentInput): string {
  const { dispatch_target, execution_fingerprint, intent_id, manifest_hash, operator_id } = input;
  const { policy_decision_hash, tenant_id, timestamp, tool_hash } = input;
  const members = {
    dispatch_target,
    execution_fingerprint,
    intent_id,
    manifest_hash,
    operator_id,
    policy_decision_hash,
    tenant_id,
    timestamp,
    tool_hash,
  };
  return sha256Hex(`${prev}:${canonicalizeCompat(members)}`);
}

/**
 * Verifies a stretch of the chain, in order. `prev` is what it must continue: GENESIS for the whole chain, else
 * the hash and the sequence of the intent before the first.
 * @returns how many there are and the last hash; `audit_fork_detected` with the path of the first intent that does
 * not continue the one before: changed, removed, inserted or re-ordered.
 */
export function verifyIntentChain(
  intents: Iterable<ChainedIntent>,
  from: { readonly prev: string; readonly sequence: number } = { prev: GENESIS, sequence: 0 },
): Result<{ readonly count: number; readonly head: string }> {
  let prev = from.prev;
  let count = 0;
  for (const intent of intents) {
    const path = `/${count}`;
    if (intent.input.intent_id !== intentId(from.sequence + count + 1)) {
      return reject('audit_fork_detected', 'the intent is not the next in sequence', path);
    }
    if (intent.prev !== prev) {
      return reject('audit_fork_detected', 'the intent does not continue the one before', path);
    }
    if (intentHash(prev, intent.input) !== intent.intent_hash) {
      return reject('audit_fork_detected', 'the intent is not what was hashed', path);
    }
    prev = intent.intent_hash;
    count++;
  }
  return accept({ count, head: prev });
}
