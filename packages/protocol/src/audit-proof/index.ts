export * from './check-continuation.ts';
export {
  checkProof,
  type ProofCheck,
  type ProofFaultCode,
  type ProofStep,
  type ProvenFact,
  proofSteps,
} from './check-proof.ts';
export { isObject, type OpenedCommitments, openCommitments, parseObject } from './open-commitments.ts';
export * from './proof-file.ts';
