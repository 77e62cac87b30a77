import type { FileVerdict, ProofStepName } from '../../verify/index.ts';

/** What each step of a proof means. */
export const STEP_TEXTS: Readonly<Record<ProofStepName, string>> = {
  checkpoint: 'The checkpoint is signed by the key of the log',
  inclusion: 'The entry’s hash leads to the root of the checkpoint',
  entry: 'The entry is the one that the file says, of this request',
  disclosure: 'Tenant, operator and subject are those that the entry committed to',
  evidence: 'The signed bytes are those of the entry, and their key signed them',
  witnesses: 'The witnesses that the file names have cosigned the checkpoint',
};

export const UNREADABLE_TEXTS: Readonly<
  Record<Extract<FileVerdict, { readonly kind: 'unreadable' }>['code'], string>
> = {
  not_a_proof: 'This is no file of “audit prove”: it is no JSON of that form, or was cut.',
  too_large: 'This file is larger than any proof.',
  key_unusable: 'The key that the file names is no verifier key of a log; give one above.',
};
