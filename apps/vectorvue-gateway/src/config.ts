import { readAuditSettings } from './config/audit-settings.ts';
import { readCheckSettings } from './config/check-settings.ts';
import { withConfigFile } from './config/config-file.ts';
import { readConsoleSettings } from './config/console-settings.ts';
import { readDeclaredTrust } from './config/declared-trust.ts';
import { readFeedbackSettings } from './config/feedback-settings.ts';
import { readForwardSettings } from './config/forward-settings.ts';
import type { ConfigResult, GatewayConfig, StoreSettings, TlsSettings } from './config/gateway-config.ts';
import { readLimits } from './config/limits.ts';
import { isLoopback, readAdminListen, readFederationListen } from './config/listen-address.ts';
import { readProxyProtocolFrom } from './config/proxy-settings.ts';
import { Settings, type Variables } from './config/settings.ts';
import { readStoreSettings } from './config/store-settings.ts';
import { readTlsSettings } from './config/tls-settings.ts';
import { readVerifyThreads } from './config/verify-threads.ts';
import { readWorkers } from './config/worker-settings.ts';

/** sysexits.h EX_CONFIG: the exit code of bad configuration (PROTOCOL.md section 16). */
export const EXIT_CONFIG = 78;

/**
 * Reads and checks everything that `serve` needs, PROTOCOL.md section 16. Nothing is stopped by the first
 * fault: all are returned. Files are read here, once, so that what was checked is what is used.
 */
export async function loadConfig(
  environment: Variables,
  nowMs: number = Date.now(),
): Promise<ConfigResult<GatewayConfig>> {
  const { variables, faults } = withConfigFile(environment);
  const settings = new Settings(variables);
  settings.faults.push(...faults);

  const adminListen = readAdminListen(settings);
  const store = readStoreSettings(settings);
  const workers = readWorkers(settings, store.databaseUrl);
  const tls = await readTlsSettings(settings, nowMs);
  const value: GatewayConfig = {
    listen: readFederationListen(settings),
    adminListen,
    console: await readConsoleSettings(settings, adminListen, tls.caPem, nowMs),
    proxyProtocolFrom: readProxyProtocolFrom(settings),
    tls,
    store,
    declared: readDeclaredTrust(settings),
    feedback: await readFeedbackSettings(settings),
    audit: await readAuditSettings(settings, tls.certificatePem),
    checks: readCheckSettings(settings),
    limits: readLimits(settings, workers),
    workers,
    verifyThreads: readVerifyThreads(settings, workers),
    forward: await readForwardSettings(settings),
    logLevel: settings.oneOf('VV_TG_LOG_LEVEL', ['error', 'warn', 'info', 'debug'], 'info'),
    warnings: settings.warnings,
  };
  if (!isLoopback(adminListen.host))
    settings.warnings.push(
      'metrics and readiness have no login and the administration listener is not on loopback',
    );
  if (value.tls.minVersion === 'TLSv1.2') settings.warnings.push('TLS 1.2 is allowed');
  if (workers > 1 && value.checks.peerRateLimitPerSecond > 0) {
    settings.warnings.push(
      `VV_TG_PEER_RATE_LIMIT_PER_SECOND holds in each of ${workers} workers: a peer with connections to all may send as many times as much`,
    );
  }
  if (value.feedback.keys.length === 0) {
    settings.warnings.push('no feedback key is configured: feedback queries will be answered 503');
  }
  return settings.faults.length === 0 ? { ok: true, value } : { ok: false, faults: settings.faults };
}

/** Only what decides a handshake: for files that changed while the gateway runs. */
export async function loadTlsSettings(
  environment: Variables,
  nowMs: number = Date.now(),
): Promise<ConfigResult<TlsSettings>> {
  const { variables, faults } = withConfigFile(environment);
  const settings = new Settings(variables);
  settings.faults.push(...faults);
  const value = await readTlsSettings(settings, nowMs);
  return settings.faults.length === 0 ? { ok: true, value } : { ok: false, faults: settings.faults };
}

/** Only where the data is: for commands other than `serve`. */
export function loadStoreSettings(environment: Variables): ConfigResult<StoreSettings> {
  const { variables, faults } = withConfigFile(environment);
  const settings = new Settings(variables);
  settings.faults.push(...faults);
  const value = readStoreSettings(settings);
  return settings.faults.length === 0 ? { ok: true, value } : { ok: false, faults: settings.faults };
}

/** One line a fault, for a terminal. */
export function describeFaults(
  faults: readonly { readonly variable: string; readonly problem: string }[],
): string {
  return faults.map(({ variable, problem }) => `  ${variable} ${problem}\n`).join('');
}

/** The environment of this process; the only place in this application that reads it. */
export function processEnvironment(): Variables {
  return process.env;
}
