/** What this browser verifies by itself, with the protocol package: signatures, proofs, the log. Pure: no request is made here. */
export { fromBase64Url, fromHex, toBase64Url, toHex } from './bytes.ts';
export { keptNote, sizeOfNote } from './kept-note.ts';
export { type LogKeys, readLogKeys } from './log-keys.ts';
export type { PathStep } from './merkle-path.ts';
export type { OpenedLog, Signers, WitnessVerdict } from './open-log.ts';
export { openLog } from './open-log.ts';
export type { Verdict, VerdictCode } from './verdict.ts';
export {
  type ChainAnswer,
  type ChainStep,
  type ConsistencyAnswer,
  type Continuation,
  verifyChain,
  verifyContinuation,
} from './verify-chain.ts';
export { type Disclosure, verifyDisclosures } from './verify-disclosures.ts';
export { type FileVerdict, type ProofStepName, verifyProofFile } from './verify-file.ts';
export { type Inclusion, type InclusionAnswer, verifyEntryInclusion } from './verify-inclusion.ts';
export { type RequestSignature, type SignedRequest, verifyRequestSignature } from './verify-request.ts';
