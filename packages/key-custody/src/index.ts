/** Where private keys live (PROTOCOL.md section 15): used through a `Signer`, never handed out. */
export {
  type DelegatedSigner,
  type DelegationOptions,
  delegateSigning,
} from './delegated/delegated-signer.ts';
export {
  ENDORSEMENT_SKEW_SECONDS,
  type Endorsement,
  MAX_ENDORSEMENT_SECONDS,
  signEndorsement,
  verifyEndorsement,
} from './delegated/endorsement.ts';
export { generateKeyFile } from './generate-key-file.ts';
export { isCustodianUri, keyFileOf, openSigner } from './open-signer.ts';
export { readSecretFile, SECRET_FILE_LIMIT } from './read-secret-file.ts';
export { type Replaceable, replaceableFile } from './replaceable-file.ts';
export type { Signer, SignerCapabilities, SignerHealth } from './signer.ts';
export { SIGNER_FAULTS, SignerFault, type SignerFaultName } from './signer-fault.ts';
export type { OpenSignerOptions, SignerTime } from './signer-options.ts';
