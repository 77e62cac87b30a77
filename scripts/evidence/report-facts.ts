import type { ToldStep } from '../demo/report.ts';
import type { LoggedEntry } from './read-log.ts';

/** A key or certificate that the run depended on. */
export interface Fingerprint {
  readonly what: string;
  readonly whose: string;
  /** kid, or SHA-256 of a certificate. */
  readonly fingerprint: string;
}

/** Everything that a report says. It is told, not proven; the folder is what proves. */
export interface ReportFacts {
  readonly started: Date;
  readonly database: string;
  readonly tenant: string;
  readonly log: string;
  /** Verifier key (C2SP). */
  readonly key: string;
  /** Root of the tree, base64, and its size. */
  readonly root: string;
  readonly size: number;
  readonly steps: readonly ToldStep[];
  readonly entries: readonly LoggedEntry[];
  readonly fingerprints: readonly Fingerprint[];
  /** Names of files in the folder. */
  readonly tenantExport: string;
  readonly ocsf: string;
}
