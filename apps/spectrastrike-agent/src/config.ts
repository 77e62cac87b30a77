import { type OpenSignerOptions, openSigner } from '@nyxera/federation-key-custody';
import { type AuditLogConfig, readAuditRequired, readTrustedLog } from './config/audit-log-settings.ts';
import {
  readSpoolBounds,
  readUpkeep,
  type SpoolBounds,
  type UpkeepSettings,
} from './config/daemon-settings.ts';
import { CONFIG_FILE_VARIABLE, mergeEnvironmentFile } from './config/environment-file.ts';
import { type FeedbackVerifyKey, readFeedbackKeys } from './config/feedback-keys.ts';
import { type IntakeSettings, readIntakeSettings } from './config/intake-settings.ts';
import {
  readDataDir,
  readGatewayUrl,
  readOperatorId,
  readSchemaVersion,
  readServiceIdentity,
  readTenantId,
} from './config/lane-settings.ts';
import { loadRoutes } from './config/load-routes.ts';
import { isLogLevel, LOG_LEVELS, type LogLevel } from './config/log-level.ts';
import { readRedactionRules } from './config/redaction-settings.ts';
import {
  chooseRoute,
  declareKeysApart,
  environmentOfRoute,
  readRoutesFile,
  routesFileOf,
} from './config/routes-file.ts';
import { type ConfigResult, type Environment, type Setting, Settings } from './config/settings.ts';
import { readChangedTlsSettings, readTlsSettings, type TlsSettings } from './config/tls-settings.ts';
import { unknownNames } from './config/variables.ts';
import type { RedactionRules } from './intake/index.ts';
import { LARGEST_REQUEST_INPUT, LARGEST_STATEMENT_INPUT } from './trust/signing-limits.ts';

export type { AuditLogConfig, TrustedLog } from './config/audit-log-settings.ts';
export type { SpoolBounds, UpkeepSettings } from './config/daemon-settings.ts';
export type { FeedbackVerifyKey } from './config/feedback-keys.ts';
export {
  type IntakeListener,
  type IntakeSettings,
  watchedFolder,
  watchProblem,
} from './config/intake-settings.ts';
export { type MappingRead, readMappingFile } from './config/mapping-file.ts';
export { MAPPING_NAME, type Mappings } from './config/mapping-settings.ts';
export type { ConfigFault, ConfigResult, Environment } from './config/settings.ts';
export type { TlsSettings } from './config/tls-settings.ts';
export type { WatchedFolder } from './config/watch-file.ts';

/** EX_CONFIG of sysexits.h: the exit code of every command whose configuration has a fault. */
export const EXIT_CONFIG = 78;

/** What a command needs that only looks at the state (status, policy, quarantine). Nothing has to be set for it. */
export interface StateConfig {
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  /** When intake is refused. */
  readonly bounds: SpoolBounds;
}

/** What spooling needs: whose events they are and where they will go; no key and no certificate. */
export interface LaneConfig extends StateConfig {
  /** Base URL, https:, without a trailing slash. */
  readonly gatewayUrl: string;
  readonly operatorId: string;
  /** Verbatim. */
  readonly tenantId: string;
  readonly schemaVersion: string;
  /** Redaction rules of one's own; null: only those that are built in. */
  readonly redaction?: RedactionRules | null;
}

export interface DeliveryConfig extends LaneConfig {
  readonly serviceIdentity: string;
  readonly tls: TlsSettings;
  /** A path or a signer URI for openSigner(). */
  readonly signingKeyUri: string;
  /** As `signingKeyUri`, for evidence bundles (PROTOCOL.md section 9); the signing key where none is set. */
  readonly evidenceKeyUri: string;
  /** Events in flight at once, default 8; also the bound on open sockets. */
  readonly concurrency: number;
  /** One attempt, from connecting to the last byte of the answer; milliseconds, default 30,000. */
  readonly requestTimeoutMs: number;
  /** The longest that backoff grows to; milliseconds, default 300,000. */
  readonly maxBackoffMs: number;
  /** The shortest time between two probes of a paused lane; milliseconds, default 60,000 (section 13). */
  readonly laneProbeMs: number;
  /** How often keys are exchanged with a gateway, by `send` and `feedback pull`; milliseconds, 0: only by hand. */
  readonly keyExchangeMs: number;
  /**
   * The routes declare more than one telemetry or evidence key. The state knows one chain of rotations, so that an
   * exchange for one of them would announce the others as retired: keys go by file then.
   */
  readonly keysApart: boolean;
}

export interface FeedbackConfig extends DeliveryConfig, AuditLogConfig {
  readonly feedbackKeys: readonly FeedbackVerifyKey[];
  /** Default true; false only for deployed gateways, which do not bind (section 8). */
  readonly requireBinding: boolean;
}

/** Asks a person for the PIN of a token; a command on a terminal has it. */
export type AskPin = NonNullable<OpenSignerOptions['askPin']>;

/**
 * The configuration, a loader per need, so that `status` works where no key is. Each reports every fault at
 * once. This file is the only one that reads process.env.
 */
export async function loadStateConfig(
  environment: Environment = process.env,
): Promise<ConfigResult<StateConfig>> {
  const settings = processSettings(environment);
  return settings.result(readState(settings));
}

export async function loadLaneConfig(
  environment: Environment = process.env,
): Promise<ConfigResult<LaneConfig>> {
  const settings = settingsFrom(environment);
  return settings.result(readLane(settings));
}

export async function loadDeliveryConfig(
  environment: Environment = process.env,
  askPin?: AskPin,
): Promise<ConfigResult<DeliveryConfig>> {
  const settings = settingsFrom(environment);
  return settings.result(await readDelivery(settings, askPin));
}

export async function loadFeedbackConfig(
  environment: Environment = process.env,
  askPin?: AskPin,
): Promise<ConfigResult<FeedbackConfig>> {
  const settings = settingsFrom(environment);
  return settings.result(await readFeedback(settings, askPin));
}

async function readFeedback(settings: Settings, askPin: AskPin | undefined): Promise<FeedbackConfig | null> {
  const delivery = await readDelivery(settings, askPin);
  const feedbackKeys = readFeedbackKeys(settings);
  const requireBinding = settings.boolean('VECTORVUE_FEEDBACK_REQUIRE_BINDING', true);
  const log = readTrustedLog(settings);
  const auditRequired = readAuditRequired(settings, log);
  const witnessKeyUri = await readKeyUri(settings, settings.find('VECTORVUE_FEDERATION_WITNESS_KEY_PATH'), {
    largestInputBytes: LARGEST_STATEMENT_INPUT,
    askPin,
  });
  const audit = { log, auditRequired, witnessKeyUri };
  return delivery === null ? null : { ...delivery, ...audit, feedbackKeys, requireBinding };
}

/** What `run` works with: the ways to all gateways, one for each tenant, and what it does beside delivering. */
export interface DaemonConfig extends StateConfig, UpkeepSettings {
  readonly lanes: readonly FeedbackConfig[];
  /** Where events and reports come in while it runs. */
  readonly intake: IntakeSettings;
}

export async function loadDaemonConfig(
  environment: Environment = process.env,
  askPin?: AskPin,
): Promise<ConfigResult<DaemonConfig>> {
  const settings = processSettings(environment);
  const own = { ...readState(settings), ...readUpkeep(settings), intake: readIntakeSettings(settings) };
  const path = routesFileOf(settings.environment);
  if (path === null) {
    const lane = await readFeedback(settings, askPin);
    return settings.result(lane === null ? null : { ...own, lanes: [lane] });
  }
  const file = readRoutesFile(path);
  const loaded = await loadRoutes(
    settings.environment,
    file.routes,
    (route) => new Settings(route, declareKeysApart(file.routes)),
    (route) => readFeedback(route, askPin),
  );
  settings.faults.push(...file.faults, ...loaded.faults);
  return settings.result({ ...own, lanes: loaded.lanes });
}

/** Where events come in, for who looks at that although the way to a gateway is not right yet. */
export async function loadIntakeConfig(
  environment: Environment = process.env,
): Promise<ConfigResult<StateConfig & Pick<DaemonConfig, 'intake'>>> {
  const settings = processSettings(environment);
  return settings.result({ ...readState(settings), intake: readIntakeSettings(settings) });
}

/** Only what a handshake is made with, for files that changed under a run. */
export async function loadChangedTls(
  environment: Environment,
  nowMs: number,
): Promise<ConfigResult<TlsSettings>> {
  const settings = settingsFrom(environment);
  return settings.result(await readChangedTlsSettings(settings, nowMs));
}

/** An environment in which every loader finds the settings of this tenant. */
export function environmentOfTenant(environment: Environment, tenantId: string): Environment {
  return { ...environment, VECTORVUE_FEDERATION_TENANT_ID: tenantId };
}

/** The file that `SPECTRASTRIKE_CONFIG_FILE` names; null: none. */
export function configFileOf(environment: Environment): string | null {
  const path = environment[CONFIG_FILE_VARIABLE]?.trim();
  return path === undefined || path === '' ? null : path;
}

/** Every file that settings come from: what a run follows. */
export function settingsFilesOf(environment: Environment): readonly string[] {
  const routes = routesFileOf(mergeEnvironmentFile(environment).environment);
  return [configFileOf(environment), routes].filter((path) => path !== null);
}

/** Everything that section 16 names for the agent. */
export const loadConfig = loadFeedbackConfig;

/** Of one gateway: what the process has, and where there are routes, that of the tenant which is named. */
function settingsFrom(environment: Environment): Settings {
  const settings = processSettings(environment);
  const path = routesFileOf(settings.environment);
  if (path === null) return settings;
  const file = readRoutesFile(path);
  const chosen = chooseRoute(settings.environment, file.routes);
  const faults = [...settings.faults, ...file.faults];
  if ('fault' in chosen) {
    // A file that could not be read has no routes: that it lacks this tenant's says nothing more.
    settings.faults.push(...file.faults, ...(file.routes.length === 0 ? [] : [chosen.fault]));
    return settings;
  }
  const own = new Settings(
    environmentOfRoute(settings.environment, chosen.route),
    declareKeysApart(file.routes),
  );
  own.faults.push(...faults);
  own.warnings.push(...settings.warnings);
  return own;
}

function processSettings(environment: Environment): Settings {
  const merged = mergeEnvironmentFile(environment);
  const settings = new Settings(merged.environment);
  settings.faults.push(...merged.faults);
  for (const name of unknownNames(merged.fromFile)) {
    settings.warnings.push(`${name} is set in the configuration file, but nothing reads it`);
  }
  return settings;
}

function readState(settings: Settings): StateConfig {
  return {
    dataDir: readDataDir(settings),
    logLevel: readLogLevel(settings),
    bounds: readSpoolBounds(settings),
  };
}

function readLane(settings: Settings): LaneConfig | null {
  const state = readState(settings);
  const gatewayUrl = readGatewayUrl(settings);
  const operatorId = readOperatorId(settings);
  const tenantId = readTenantId(settings);
  const schemaVersion = readSchemaVersion(settings);
  const redaction = readRedactionRules(settings);
  if (gatewayUrl === null || operatorId === null || tenantId === null) return null;
  return { ...state, gatewayUrl, operatorId, tenantId, schemaVersion, redaction };
}

async function readDelivery(settings: Settings, askPin: AskPin | undefined): Promise<DeliveryConfig | null> {
  const lane = readLane(settings);
  const serviceIdentity = readServiceIdentity(settings);
  const tls = await readTlsSettings(settings);
  const signingKey = settings.require('VECTORVUE_FEDERATION_SIGNING_KEY_PATH');
  const evidenceKey = settings.find('VECTORVUE_FEDERATION_EVIDENCE_KEY_PATH');
  const requests = { largestInputBytes: LARGEST_REQUEST_INPUT, askPin };
  const statements = { largestInputBytes: LARGEST_STATEMENT_INPUT, askPin };
  const signingKeyUri = await readKeyUri(settings, signingKey, requests);
  const evidenceKeyUri = (await readKeyUri(settings, evidenceKey, statements)) ?? signingKeyUri;
  const limits = {
    concurrency: settings.integer('SPECTRASTRIKE_CONCURRENCY', 8, 1, 256),
    requestTimeoutMs: 1000 * settings.integer('SPECTRASTRIKE_REQUEST_TIMEOUT_SECONDS', 30, 1, 600),
    maxBackoffMs: 1000 * settings.integer('SPECTRASTRIKE_MAX_BACKOFF_SECONDS', 300, 1, 86_400),
    laneProbeMs: 1000 * settings.integer('SPECTRASTRIKE_LANE_PROBE_SECONDS', 60, 1, 86_400),
    keyExchangeMs: 60_000 * settings.integer('SPECTRASTRIKE_KEY_EXCHANGE_MINUTES', 15, 0, 10_080),
  };
  const { keysApart } = settings;
  if (lane === null || serviceIdentity === null || tls === null) return null;
  if (signingKeyUri === null || evidenceKeyUri === null) return null;
  return { ...lane, serviceIdentity, tls, signingKeyUri, evidenceKeyUri, ...limits, keysApart };
}

/**
 * The key is opened once to see that it is one and signs what it may have to, and closed: whoever signs opens it for
 * itself.
 */
async function readKeyUri(
  settings: Settings,
  setting: Setting | null,
  options: OpenSignerOptions,
): Promise<string | null> {
  if (setting === null) return null;
  const opened = await openSigner(setting.value, options);
  if (!opened.ok) return settings.fault(setting.variable, opened.detail, opened.code);
  await opened.value.close();
  return setting.value;
}

function readLogLevel(settings: Settings): LogLevel {
  const setting = settings.find('SPECTRASTRIKE_LOG_LEVEL');
  if (setting === null) return 'info';
  const level = setting.value.toLowerCase();
  if (isLogLevel(level)) return level;
  settings.fault(setting.variable, `is not one of ${LOG_LEVELS.join(' ')}`);
  return 'info';
}
