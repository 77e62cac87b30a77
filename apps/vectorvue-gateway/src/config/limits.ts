import type { Limits } from './gateway-config.ts';
import type { Settings } from './settings.ts';

/** Self-protection of the federation listener; each default is explained where it is. */
export function readLimits(settings: Settings): Limits {
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
    // About 65 KB each.
    maxConnections: settings.integer('VV_TG_MAX_CONNECTIONS', { default: 12_000, min: 1, max: 1_000_000 }),
    maxHeaderBytes: settings.integer('VV_TG_MAX_HEADER_BYTES', { default: 16_384, min: 2048, max: 131_072 }),
    // PROTOCOL.md section 5: 1 MiB.
    maxBodyBytes: settings.integer('VV_TG_MAX_BODY_BYTES', {
      default: 1_048_576,
      min: 1024,
      max: 16_777_216,
    }),
    samplesPerMinute: settings.integer('VV_TG_REFUSAL_SAMPLES_PER_MINUTE', {
      default: 60,
      min: 0,
      max: 100_000,
    }),
  };
}
