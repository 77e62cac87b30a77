/** Helpers for the tests of every package. Nothing here imports Jest, so scripts may use it as well. */
export { type FakeClock, fakeClock } from './clock.ts';
export { isLongRun } from './config.ts';
export { prepareEmbedded } from './embedded-database.ts';
export { freePort } from './free-port.ts';
export { type Patch, patchedBuild, patchedModules } from './patched-build.ts';
export {
  createPki,
  type IssuedCertificate,
  type IssueOptions,
  type Pki,
  type PkiOptions,
  type SignedCertificate,
} from './pki.ts';
export { type PostgresOptions, type PostgresServer, startPostgres } from './postgres.ts';
export { programEnvironment } from './program-environment.ts';
export { programFile } from './program-file.ts';
export { runSource } from './run-source.ts';
export { compileCache } from './run-templates.ts';
export { describeWithShared, sharedPath } from './shared-data.ts';
export { type TemporaryDirectory, temporaryDirectory } from './temporary-directory.ts';
