import type { LogReader } from '../audit/log-reader.ts';
import type { CheckSettings } from '../config/gateway-config.ts';
import type { FeedbackDesk } from '../feedback/feedback-desk.ts';
import type { FeedbackRules } from '../feedback/rules.ts';
import type { KeyDesk } from '../key-exchange/key-desk.ts';
import type { Logger } from '../logging.ts';
import type { Commit } from '../store/commit-types.ts';
import type { TrustCache } from '../trust/trust-cache.ts';
import type { SignatureVerifier } from '../verify/signature-verifier.ts';
import type { PeerLimiter } from './admit-peer.ts';
import type { Journal } from './journal.ts';
import type { Readiness } from './readiness.ts';

/** `whole`: this process is the gateway. `worker`: it serves requests, and a primary does everything else. */
export type GatewayRole = 'whole' | 'worker';

/** Everything that an endpoint needs besides the request. Injected once, at start. */
export interface Gateway {
  readonly checks: CheckSettings;
  readonly trust: Pick<TrustCache, 'current' | 'refresh' | 'onChange'>;
  readonly peers: PeerLimiter;
  readonly verifier: Pick<SignatureVerifier, 'verify'>;
  readonly readiness: Pick<Readiness, 'storeUp' | 'suspectStore'>;
  readonly commit: Commit;
  /** null: nothing is signed over the audit log, so nothing of it is served and no receipt is given. */
  readonly auditLog: AuditLog | null;
  readonly rules: FeedbackRules;
  readonly feedback: FeedbackDesk;
  readonly keys: KeyDesk;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly logger: Logger;
}

/** The transparency log over the audit log (PROTOCOL.md section 19). */
export interface AuditLog {
  /** Its name: `log` of a receipt, first line of a checkpoint. */
  readonly origin: string;
  readonly reader: LogReader;
}

export interface Clock {
  /** Unix milliseconds. */
  now(): number;
}
