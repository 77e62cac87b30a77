/** Certificates as they are operated: checked by name, followed while they change, renewed before they end. */
export { type AlternativeName, alternativeNames, readAlternativeNames } from './alternative-names.ts';
export type { CertificateFault, CertificateFaultCode, CertificateResult } from './certificate-fault.ts';
export { fault } from './certificate-fault.ts';
export { type CertificateRequest, createCertificateRequest } from './certificate-request.ts';
export { checkPrivateKey } from './check-private-key.ts';
export { leadsTo } from './check-renewed.ts';
export { createFileDurably, writeFileDurably } from './durable-file.ts';
export { parseDays } from './parse-days.ts';
export { checkValidity, expiryOf, isIssuedBy, pinOf, readCertificates } from './read-certificates.ts';
export { type RevocationList, readRevocationLists, serialText } from './read-crl.ts';
export { type Renewal, type RenewalState, renewPair } from './renew-pair.ts';
export { type CommandOptions, runCommand } from './run-command.ts';
export { finishSwitch, nextFiles, type PairFiles, switchPair } from './staged-pair.ts';
export { untilTheyFit } from './until-they-fit.ts';
export { describe as describeFiles, type FileWatch, watchFiles } from './watch-files.ts';
