import {
  checkProof,
  MAX_PROOF_FILE_BYTES,
  type ProofFile,
  type ProofStep,
  type ProvenFact,
  parseFile,
  proofFileSchema,
  proofSteps,
} from '@nyxera/federation-protocol/audit-proof';
import { readLogKeys } from './log-keys.ts';

export type ProofStepName = ProofStep['name'];

/** What came of checking a file of `audit prove`, with nothing but the file, the code of this page and a key. */
export type FileVerdict =
  /** `not_a_proof`: no file of that form; `too_large`: larger than any; `key_unusable`: the key given is none of a log. */
  | { readonly kind: 'unreadable'; readonly code: 'not_a_proof' | 'too_large' | 'key_unusable' }
  | {
      readonly kind: 'checked';
      readonly file: ProofFile;
      readonly steps: readonly ProofStep[];
      /** null: a step does not hold, so nothing of it is proven. */
      readonly facts: readonly ProvenFact[] | null;
      /** Entries below the checkpoint; null where it is not signed. */
      readonly size: number | null;
      readonly witnesses: readonly string[];
      /** The key is the file's own: it proves that the file agrees with itself, not whose log it is. */
      readonly keyFromFile: boolean;
    };

/**
 * Checks a proof file. Pure: nothing is asked of anybody.
 * @param text of the file. @param trusted keys of the log from elsewhere, as text; null: the file's own.
 */
export function verifyProofFile(text: string, trusted: string | null): FileVerdict {
  if (text.length > MAX_PROOF_FILE_BYTES) return { kind: 'unreadable', code: 'too_large' };
  const file = parseFile(proofFileSchema, text);
  if (file === null) return { kind: 'unreadable', code: 'not_a_proof' };
  const keys = readLogKeys(trusted ?? file.key);
  if (keys === null) return { kind: 'unreadable', code: 'key_unusable' };
  const steps = [...proofSteps(file, keys.verifiers)];
  const checked = checkProof(file, keys.verifiers);
  return {
    kind: 'checked',
    file,
    steps,
    facts: checked.ok ? checked.facts : null,
    size: checked.ok ? checked.size : null,
    witnesses: checked.ok ? checked.witnesses : [],
    keyFromFile: trusted === null,
  };
}
