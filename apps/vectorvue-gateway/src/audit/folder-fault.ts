import type { TlogCode } from '@nyxera/federation-protocol';
import type { ProofFaultCode } from '@nyxera/federation-protocol/audit-proof';

/**
 * What is wrong with an evidence folder.
 * - `missing_file`, `changed_file`, `unlisted_file`: it is not the folder that was sealed;
 * - `file_invalid`: a file has another form than it must have;
 * - `wrong_leaf`, `gap`: an entry of the log is not the one that was hashed, or is missing, is too much or out of order;
 * - `log_root`: the entries are not those that the checkpoint was signed over;
 * - `checkpoint_differs`: a proof is under another checkpoint than the folder's;
 * - `unproven_request`: the log has a request of which there is no proof; `wrong_request`: a proof of another request;
 * - `story_differs`: what is told is not what was recorded;
 * - and what is wrong with a checkpoint or a proof (`checkProof` of the protocol package).
 */
export type FolderFaultCode =
  | TlogCode
  | ProofFaultCode
  | 'missing_file'
  | 'changed_file'
  | 'unlisted_file'
  | 'file_invalid'
  | 'wrong_leaf'
  | 'gap'
  | 'log_root'
  | 'checkpoint_differs'
  | 'unproven_request'
  | 'wrong_request'
  | 'story_differs';

export interface FolderFault {
  readonly code: FolderFaultCode;
  /** `proofs/….json`, `log.jsonl line 12`. */
  readonly place: string;
  readonly detail: string;
}

export function folderFault(code: FolderFaultCode, place: string, detail: string): FolderFault {
  return { code, place, detail };
}
