import type { WireErrorCode } from '@nyxera/federation-protocol';
import { createPeerLimiter } from './accept/admit-peer.ts';
import type { AuditLog, Clock, Gateway } from './accept/gateway.ts';
import { createJournal, type UnvouchedRequest } from './accept/journal.ts';
import { listenFederation } from './accept/listen-federation.ts';
import { LoopGuard, watchLoop } from './accept/loop-guard.ts';
import type { Readiness } from './accept/readiness.ts';
import type { AdminListener } from './admin-app.ts';
import type { GatewayConfig, Limits, TlsSettings } from './config/gateway-config.ts';
import { createFeedbackDesk } from './feedback/feedback-desk.ts';
import type { FeedbackSigning } from './feedback/feedback-signing.ts';
import type { FeedbackRules } from './feedback/rules.ts';
import { createHttpApp } from './http-app.ts';
import { createKeyDesk } from './key-exchange/key-desk.ts';
import type { Logger } from './logging.ts';
import type { Metrics } from './metrics.ts';
import type { Commit } from './store/commit-types.ts';
import type { Database } from './store/database.ts';
import { expiredReasons } from './tls/expiries.ts';
import type { TrustCache } from './trust/trust-cache.ts';
import type { SignatureVerifier } from './verify/signature-verifier.ts';

/** Everything that a running gateway stands on; opened by `serve-command.ts`, or by a test. */
export interface GatewayParts {
  readonly db: Database;
  readonly trust: TrustCache;
  readonly commit: Commit;
  readonly verifier: SignatureVerifier;
  readonly rules: FeedbackRules;
  /** null: no audit key is configured, and nothing of the log is served. */
  readonly auditLog: AuditLog | null;
  readonly signing: FeedbackSigning;
  readonly readiness: Readiness;
  readonly admin: AdminListener;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly auditSample: (request: UnvouchedRequest, code: WireErrorCode) => Promise<void>;
}

export interface RunningGateway {
  /** `host:port` as bound. */
  readonly listen: string;
  readonly adminListen: string;
  /** Takes other certificates for new handshakes, other rules for new requests, and reads trust anew. */
  reload(next: Reloadable): Promise<void>;
  /** Before `close`: accepts nothing new, and lets connections end with their next answer (up to the drain time). */
  drain(): Promise<void>;
  /** Stops accepting, lets requests in flight finish (up to the shutdown time), closes both listeners. */
  close(): Promise<void>;
}

/** What SIGHUP can change; read and checked by `config.ts` like at start. */
export interface Reloadable {
  readonly tls: TlsSettings;
  readonly rules: FeedbackRules;
}

/**
 * Starts the federation listener, and lets the administration listener, which is there already, tell whether it
 * is ready. What else was given is not closed by `close`: whoever opened it closes it after.
 */
export async function startGateway(config: GatewayConfig, parts: GatewayParts): Promise<RunningGateway> {
  const { clock, logger, metrics } = parts;
  let { rules } = parts;
  const guard = createLoopGuard(config.limits, metrics, logger);
  const journal = createJournal({
    logger,
    samplesPerMinute: config.limits.samplesPerMinute,
    now: () => clock.now(),
    // A sample is not worth waiting for a store that is away.
    audit: async (request, code) => {
      if (parts.readiness.storeUp()) await parts.auditSample(request, code);
    },
  });
  const gateway: Gateway = {
    checks: config.checks,
    trust: parts.trust,
    peers: createPeerLimiter(config.checks.peerRateLimitPerSecond),
    verifier: parts.verifier,
    readiness: parts.readiness,
    commit: parts.commit,
    auditLog: parts.auditLog,
    get rules() {
      return rules;
    },
    feedback: createFeedbackDesk({
      db: parts.db,
      get rules() {
        return rules;
      },
      signing: parts.signing,
      logger,
    }),
    keys: createKeyDesk({
      db: parts.db,
      signing: parts.signing,
      skewSeconds: config.checks.skewSeconds,
      logger,
    }),
    clock,
    journal,
    logger,
  };
  const app = createHttpApp(gateway, metrics, config.limits, guard);
  const federation = await listenFederation(config, app, gateway, metrics);
  metrics.certificateExpiries(federation.expiries, () => clock.now());
  const watch = watchLoop(guard);
  if (parts.auditLog !== null) parts.admin.serveLog(parts.auditLog.reader);
  parts.admin.reportReadiness(async () => [
    ...(await parts.readiness.reasons()),
    ...expiredReasons(federation.expiries(), clock.now()),
  ]);
  return {
    listen: federation.listen,
    adminListen: parts.admin.listen,
    reload: async (next) => {
      federation.reload(next.tls);
      rules = next.rules;
      // Without the store the trust that is loaded stands, until it is stale.
      await parts.trust.refresh().catch(() => logger.warn('trust.unconfirmed'));
    },
    drain: async () => {
      parts.admin.reportReadiness(async () => ['stopping']);
      await federation.drain();
    },
    close: async () => {
      parts.admin.reportReadiness(async () => ['stopping']);
      watch[Symbol.dispose]();
      await federation.close();
      await parts.admin.close();
    },
  };
}

function createLoopGuard(limits: Limits, metrics: Metrics, logger: Logger): LoopGuard {
  const guard = new LoopGuard({
    highMs: limits.loopDelayHighMs,
    lowMs: limits.loopDelayLowMs,
    onChange: (shedding, delayMs) => {
      logger.warn(shedding ? 'overload.shedding' : 'overload.over', { delay_ms: Math.round(delayMs) });
    },
  });
  metrics.eventLoopDelay(() => guard.delayMs / 1000);
  return guard;
}
