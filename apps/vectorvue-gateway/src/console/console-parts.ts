import type { Clock } from '../accept/gateway.ts';
import type { Logger } from '../logging.ts';
import type { Database } from '../store/database.ts';
import type { ConsoleGateway } from './context.ts';
import type { ConsoleAddress } from './http/check-host.ts';
import type { PerMinute, Slots } from './http/in-flight.ts';
import type { LiveSessions } from './session/live-sessions.ts';
import type { OidcProvider } from './session/oidc-provider.ts';
import type { SessionTimes } from './session/sessions.ts';

/** What the open console stands on. */
export interface ConsoleParts {
  /** In the role vectorvue_read; on the embedded database the one there is. */
  readonly reads: Database;
  /** In the role vectorvue_serve. */
  readonly writes: Database;
  readonly gateway: ConsoleGateway;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly address: ConsoleAddress;
  readonly times: SessionTimes;
  /** The identity provider that is configured, asked once for what it is. Rejects while it does not answer. */
  provider(): Promise<OidcProvider>;
  /** Calls under way. */
  readonly slots: Slots;
  /** Answers that go on, and downloads, which go as slowly as they are read. */
  readonly live: Slots;
  readonly downloads: Slots;
  /** Ends both with the session that opened them. */
  readonly liveSessions: LiveSessions;
  /** Refusals of a session that are audited, by session id; beyond that its calls are refused without. */
  readonly refusals: PerMinute;
  /** Attempts to sign in that failed and are audited, by remote address; and visits to the identity provider. */
  readonly attempts: PerMinute;
}
