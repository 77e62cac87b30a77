import { openCheckpoint, type SignedCheckpoint, verifyConsistency } from '@nyxera/federation-protocol/tlog';
import { hashesOf } from './bytes.ts';
import { readLogKeys } from './log-keys.ts';
import { type OpenedLog, openLog, type Signers } from './open-log.ts';
import { failed, proven, type Verdict } from './verdict.ts';

/** The answer of `GET /audit/chain`. */
export interface ChainAnswer extends Signers {
  readonly steps: readonly {
    readonly size: number;
    readonly checkpoint: string;
    readonly proof: readonly string[] | null;
  }[];
}

export interface ChainStep {
  readonly size: number;
  readonly opened: Verdict<OpenedLog>;
  /** That it continues the step before; null: it is the first. */
  readonly continues: Verdict<null> | null;
}

/** Each checkpoint by its signature, and each step by its proof from the one before. Oldest first, as in the answer. */
export function verifyChain(answer: ChainAnswer, trusted: string | null): readonly ChainStep[] {
  const steps: ChainStep[] = [];
  let before: Verdict<OpenedLog> | null = null;
  for (const { size, checkpoint, proof } of answer.steps) {
    const found = openLog(checkpoint, answer, trusted);
    const opened: Verdict<OpenedLog> =
      found.ok && found.value.checkpoint.size !== size
        ? failed('answer_malformed', 'the checkpoint is of another size than is said of it')
        : found;
    steps.push({ size, opened, continues: before === null ? null : continuation(before, opened, proof) });
    before = opened;
  }
  return steps;
}

function continuation(
  before: Verdict<OpenedLog>,
  now: Verdict<OpenedLog>,
  proof: readonly string[] | null,
): Verdict<null> {
  if (!before.ok) return failed(before.code, 'there is no signed checkpoint before it to be continued');
  if (!now.ok) return now;
  return continues(before.value.checkpoint, now.value.checkpoint, proof);
}

function continues(
  old: SignedCheckpoint,
  now: SignedCheckpoint,
  proof: readonly string[] | null,
): Verdict<null> {
  const hashes = proof === null ? null : hashesOf(proof);
  if (hashes === null) return failed('proof_malformed', 'the gateway gives no proof of this step');
  const verified = verifyConsistency(old, now, hashes);
  return verified.ok ? proven(null) : failed(verified.code, verified.detail);
}

/** The answer of `GET /audit/consistency`. */
export interface ConsistencyAnswer extends Signers {
  readonly from: number;
  readonly checkpoint: string;
  readonly proof: readonly string[];
}

export interface Continuation {
  readonly from: number;
  readonly to: number;
  readonly keyFromGateway: boolean;
}

/** That the log of today continues the checkpoint that the reader has kept: what no one who holds only the database can forge. */
export function verifyContinuation(
  kept: string,
  answer: ConsistencyAnswer,
  trusted: string | null,
): Verdict<Continuation> {
  const old = openKept(kept, answer, trusted);
  if (!old.ok) return old;
  const now = openLog(answer.checkpoint, answer, trusted);
  if (!now.ok) return now;
  const { checkpoint, keyFromGateway } = now.value;
  const continued = continues(old.value, checkpoint, answer.proof);
  return continued.ok ? proven({ from: old.value.size, to: checkpoint.size, keyFromGateway }) : continued;
}

function openKept(kept: string, signers: Signers, trusted: string | null): Verdict<SignedCheckpoint> {
  const keys = readLogKeys(trusted ?? signers.keys.join('\n'));
  if (keys === null) return failed('key_missing', 'there is no key of the log to verify it by');
  const opened = openCheckpoint(kept, keys.log, keys.verifiers);
  return opened.ok ? proven(opened.value) : failed(opened.code, opened.detail);
}
