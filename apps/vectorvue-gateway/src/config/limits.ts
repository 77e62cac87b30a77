import type { Limits } from './gateway-config.ts';
import type { Settings } from './settings.ts';

const MEBIBYTE = 1_048_576;
/** PostgreSQL takes 100 connections by default; some are left for others. */
const DATABASE_CONNECTIONS_IN_ALL = 80;

/** Self-protection of the federation listener; each default is explained where it is. */
export function readLimits(settings: Settings, workers: number): Limits {
  const seconds = (name: string, fallback: number): number =>
    settings.integer(name, { default: fallback, min: 1, max: 3600 }) * 1000;
  return {
    // A handshake is two round trips; ten seconds forgive a bad line, not a slowloris.
    handshakeTimeoutMs: seconds('VV_TG_HANDSHAKE_TIMEOUT_SECONDS', 10),
    headersTimeoutMs: seconds('VV_TG_HEADERS_TIMEOUT_SECONDS', 10),
    // 1 MiB in half a minute is 35 KB/s.
    requestTimeoutMs: seconds('VV_TG_REQUEST_TIMEOUT_SECONDS', 30),
    // Longer than the common 60 s of balancers, so that the side that reuses a connection closes it first.
    keepAliveTimeoutMs: seconds('VV_TG_KEEP_ALIVE_SECONDS', 75),
    shutdownTimeoutMs: seconds('VV_TG_SHUTDOWN_SECONDS', 20),
    // A busy connection speaks within milliseconds; one that is silent this long is unlikely to speak just when it ends.
    drainTimeoutMs: seconds('VV_TG_DRAIN_SECONDS', 10),
    ...readConnectionLimits(settings),
    maxHeaderBytes: settings.integer('VV_TG_MAX_HEADER_BYTES', { default: 16_384, min: 2048, max: 131_072 }),
    // PROTOCOL.md section 5: 1 MiB.
    maxBodyBytes: settings.integer('VV_TG_MAX_BODY_BYTES', {
      default: MEBIBYTE,
      min: 1024,
      max: 16 * MEBIBYTE,
    }),
    // Eight of the largest batches at once, or 64,000 events of 1 KB. A body costs a few times its size while it is
    // judged, so that this is some hundreds of MB at worst. Never below two of the largest batches.
    maxBodyBytesInFlight: settings.integer('VV_TG_MAX_BODY_BYTES_IN_FLIGHT', {
      default: 64 * MEBIBYTE,
      min: 16 * MEBIBYTE,
      max: 65_536 * MEBIBYTE,
    }),
    ...readCommitLimits(settings),
    databaseConnections: settings.integer('VV_TG_DATABASE_CONNECTIONS', {
      default: Math.max(3, Math.min(10, Math.floor(DATABASE_CONNECTIONS_IN_ALL / workers))),
      min: 2,
      max: 1000,
    }),
    ...readLoopLimits(settings),
    samplesPerMinute: settings.integer('VV_TG_REFUSAL_SAMPLES_PER_MINUTE', {
      default: 60,
      min: 0,
      max: 100_000,
    }),
  };
}

function readConnectionLimits(settings: Settings) {
  return {
    // About 65 KB each.
    maxConnections: settings.integer('VV_TG_MAX_CONNECTIONS', { default: 12_000, min: 1, max: 1_000_000 }),
    // An agent needs a handful; a fleet behind one certificate some hundreds. One peer alone cannot take all.
    maxConnectionsPerPeer: settings.integer('VV_TG_MAX_CONNECTIONS_PER_PEER', {
      default: 2000,
      min: 0,
      max: 1_000_000,
    }),
    // None: behind a balancer that passes TCP through, every peer has the balancer's address.
    maxConnectionsPerAddress: settings.integer('VV_TG_MAX_CONNECTIONS_PER_ADDRESS', {
      default: 0,
      min: 0,
      max: 1_000_000,
    }),
    // A busy connection reaches it within minutes or hours, and then moves to where there is room; a handshake for
    // every 100,000 requests costs nothing that can be measured.
    maxRequestsPerConnection: settings.integer('VV_TG_MAX_REQUESTS_PER_CONNECTION', {
      default: 100_000,
      min: 0,
      max: 1_000_000_000,
    }),
  };
}

function readCommitLimits(settings: Settings) {
  return {
    // Ten full flushes: at some thousand requests a second, one or two seconds of waiting. Whoever would wait longer
    // does better to come back.
    commitQueueRequests: settings.integer('VV_TG_COMMIT_QUEUE_REQUESTS', {
      default: 5_000,
      min: 1,
      max: 1_000_000,
    }),
    // One flush under way and one behind it. At least one of the largest batches.
    commitQueueBytes: settings.integer('VV_TG_COMMIT_QUEUE_BYTES', {
      default: 32 * MEBIBYTE,
      min: 8 * MEBIBYTE,
      max: 65_536 * MEBIBYTE,
    }),
    // Where the cost of a row stops falling (packages/bench/WHERE-TIME-GOES.md).
    commitFlushRequests: settings.integer('VV_TG_COMMIT_FLUSH_REQUESTS', {
      default: 500,
      min: 1,
      max: 10_000,
    }),
    // Some thousand events: enough that a statement's own cost is nothing, and few enough that the next requests are judged
    // while the database is at work. Eight batches of 1000 at a time, measured once each: 4,337 events a second with 16 MiB,
    // 5,710 with this; in the whole benchmark the difference was within the noise, but for 50 MiB less resident.
    // A larger request goes by itself. One statement is held in memory whole, here and in the database.
    commitFlushBytes: settings.integer('VV_TG_COMMIT_FLUSH_BYTES', {
      default: 4 * MEBIBYTE,
      min: MEBIBYTE,
      max: 1024 * MEBIBYTE,
    }),
  };
}

function readLoopLimits(settings: Settings) {
  const HIGH = 'VV_TG_LOOP_DELAY_HIGH_MS';
  // Half a second of delay, several samples long, is a process that falls behind; a collection of garbage or a busy
  // machine is over before.
  const loopDelayHighMs = settings.integer(HIGH, { default: 500, min: 0, max: 60_000 });
  const loopDelayLowMs = settings.integer('VV_TG_LOOP_DELAY_LOW_MS', { default: 100, min: 1, max: 60_000 });
  if (loopDelayHighMs !== 0 && loopDelayHighMs <= loopDelayLowMs) {
    settings.fault(HIGH, 'must be greater than VV_TG_LOOP_DELAY_LOW_MS, or 0 for no guard');
  }
  return { loopDelayHighMs, loopDelayLowMs };
}
