import type { CertificateFaultCode, RevocationList } from '@nyxera/federation-certificates';
import type { Ed25519PublicKey } from '@nyxera/federation-protocol';
import type { FeedbackRules } from '../feedback/rules.ts';
import type { DestinationSettings } from '../forward/settings.ts';
import type { ConsoleSettings } from './console-settings.ts';

/** One thing that is wrong with the configuration. `problem` never quotes a value that could be a secret. */
export interface ConfigFault {
  /** Name of the variable, for example `VV_TG_LISTEN`. */
  readonly variable: string;
  readonly problem: string;
  /** Stable, where there is one: what is wrong with a certificate, its key or a revocation list. */
  readonly code?: CertificateFaultCode;
}

export type ConfigResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

/** What `serve` needs (PROTOCOL.md section 16). Every file that it names has been read and checked. */
export interface GatewayConfig {
  readonly listen: ListenAddress;
  readonly adminListen: ListenAddress;
  /** People, on the administration listener. */
  readonly console: ConsoleSettings;
  /** Balancers whose connections begin with a PROXY header; empty: there are none. */
  readonly proxyProtocolFrom: readonly AddressRange[];
  readonly tls: TlsSettings;
  readonly store: StoreSettings;
  readonly declared: DeclaredTrust;
  readonly feedback: FeedbackSettings;
  /** null: no key is configured, and the audit log gets no checkpoints. */
  readonly audit: AuditSettings | null;
  readonly checks: CheckSettings;
  readonly limits: Limits;
  /** Processes that serve the federation listener, 1..64; 1: this process does everything. */
  readonly workers: number;
  /** Threads that verify request signatures; 0: the event loop does. A number per process. */
  readonly verifyThreads: number;
  /** Where audit entries go; of the file that `VV_TG_FORWARD_FILE` names. */
  readonly forward: readonly DestinationSettings[];
  readonly logLevel: LogLevel;
  /** Things that are allowed but probably not meant; logged once at start. */
  readonly warnings: readonly string[];
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Port 0: the system chooses one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** All addresses whose first `prefix` bits are those of `address`. */
export interface AddressRange {
  readonly address: string;
  readonly prefix: number;
}

export interface TlsSettings {
  readonly certificatePem: string;
  /** Secret. Read from a file of mode 0600 or stricter. */
  readonly privateKeyPem: string;
  readonly caPem: string;
  /** Of the CAs above, one each at least; empty: revocation is not looked at. */
  readonly revocationLists: readonly RevocationList[];
  readonly minVersion: 'TLSv1.3' | 'TLSv1.2';
  /** Where all of it was read, so that the files can be followed. */
  readonly files: readonly string[];
}

/** Where the data is: all that commands other than `serve` need. */
export interface StoreSettings {
  /** null: the embedded database in `dataDir`. May hold a password. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly autoMigrate: boolean;
}

/** What the environment declares, to be imported into the store at start. */
export interface DeclaredTrust {
  readonly identities: readonly DeclaredIdentity[];
  /** Belong to every declared identity. */
  readonly keys: readonly DeclaredKey[];
  readonly operatorTenants: readonly { readonly operatorId: string; readonly tenantId: string }[];
}

export interface DeclaredIdentity {
  readonly identity: string;
  /** Lower-case hex SHA-256 of DER certificates. */
  readonly pins: readonly string[];
  /** null: all. */
  readonly operators: readonly string[] | null;
  /** Lower-case; null: all. */
  readonly tenants: readonly string[] | null;
}

export interface DeclaredKey {
  readonly purpose: 'telemetry' | 'evidence';
  readonly kid: string;
  readonly key: Ed25519PublicKey;
}

export interface FeedbackSettings {
  /** kid -> private key path or signer URI. Empty: queries are answered 503. */
  readonly keys: readonly { readonly kid: string; readonly uri: string }[];
  /** The kid that signs; null only where there are no keys. */
  readonly activeKid: string | null;
  /** Of the file that `VV_TG_FEEDBACK_RULES_PATH` names, or the default ones. */
  readonly rules: FeedbackRules;
  /** Whether a deny is issued, shortened and withdrawn from the console by two persons only. */
  readonly twoPersonDeny: boolean;
}

/** The transparency log over the audit log (PROTOCOL.md section 19). */
export interface AuditSettings {
  /** Private key path or signer URI. */
  readonly uri: string;
  /** Name of the log, first line of its checkpoints. */
  readonly origin: string;
}

export interface CheckSettings {
  /** Seconds, default 30; equality passes. */
  readonly skewSeconds: number;
  /** Seconds, default 120; at least 2 x skew + 6. */
  readonly nonceTtlSeconds: number;
  readonly nonceLimitPerIdentity: number;
  /** Per operator; 0 = none. */
  readonly rateLimitPerMinute: number;
  /** Per peer and process; 0 = none. */
  readonly peerRateLimitPerSecond: number;
  readonly enforceSchemaVersion: boolean;
  readonly allowedSchemaVersions: readonly string[];
  readonly requireCanonicalJson: boolean;
  readonly fingerprintPolicy: 'flag' | 'enforce';
  /** Seconds; 0 = bundles of any age (PROTOCOL.md section 9). */
  readonly bundleMaxAgeSeconds: number;
}

/** Self-protection. Times in milliseconds. */
export interface Limits {
  /** From the TCP connection to the end of the TLS handshake. */
  readonly handshakeTimeoutMs: number;
  /** From the first byte of a request to the end of its headers. */
  readonly headersTimeoutMs: number;
  /** From the first byte of a request to the last of its body. */
  readonly requestTimeoutMs: number;
  /** How long an idle connection is kept. */
  readonly keepAliveTimeoutMs: number;
  /** How long requests in flight may take after SIGTERM before they are cut. */
  readonly shutdownTimeoutMs: number;
  /** How long a worker that is replaced waits for its idle connections to speak once more. */
  readonly drainTimeoutMs: number;
  /** Of the whole gateway. */
  readonly maxConnections: number;
  /** Of one client certificate in one process, after the handshake; 0 = none. */
  readonly maxConnectionsPerPeer: number;
  /** Of one remote address in one process, before the handshake; 0 = none. */
  readonly maxConnectionsPerAddress: number;
  /** The answer to the last one says `Connection: close`; 0 = none. */
  readonly maxRequestsPerConnection: number;
  readonly maxHeaderBytes: number;
  readonly maxBodyBytes: number;
  /** Bytes of bodies that one process has received and not answered yet. */
  readonly maxBodyBytesInFlight: number;
  /** Requests of one process that wait for the commit or are in it. */
  readonly commitQueueRequests: number;
  /** Bytes of the bodies of those. */
  readonly commitQueueBytes: number;
  /** Requests in one flush, and bytes of bodies in one flush. */
  readonly commitFlushRequests: number;
  readonly commitFlushBytes: number;
  /** Connections of one process to PostgreSQL, besides the one that listens. */
  readonly databaseConnections: number;
  /** Event-loop delay beyond which new requests are shed, milliseconds; 0 = never. */
  readonly loopDelayHighMs: number;
  /** Event-loop delay below which they are taken again, milliseconds. */
  readonly loopDelayLowMs: number;
  /** Refusals before authentication that are written to log and audit, per minute and code. Of the whole gateway. */
  readonly samplesPerMinute: number;
}
