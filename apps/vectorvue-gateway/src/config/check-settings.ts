import {
  DEFAULT_NONCE_TTL_SECONDS,
  DEFAULT_SKEW_SECONDS,
  minimumNonceTtl,
  parseStrictJson,
} from '@nyxera/federation-protocol';
import type { CheckSettings } from './gateway-config.ts';
import type { Settings } from './settings.ts';

const VERSIONS = 'VV_TG_ALLOWED_SCHEMA_VERSIONS';
const VERSION = 'VV_TG_ALLOWED_SCHEMA_VERSION';

/** How strict the pipeline is (PROTOCOL.md sections 4, 5 and 16). */
export function readCheckSettings(settings: Settings): CheckSettings {
  const skewSeconds = settings.integer('VV_TG_ALLOWED_CLOCK_SKEW_SECONDS', {
    default: DEFAULT_SKEW_SECONDS,
    min: 0,
    max: 3600,
  });
  const nonceTtlSeconds = settings.integer('VV_TG_NONCE_TTL_SECONDS', {
    default: DEFAULT_NONCE_TTL_SECONDS,
    min: 1,
    max: 86_400,
  });
  if (nonceTtlSeconds < minimumNonceTtl(skewSeconds)) {
    settings.fault(
      'VV_TG_NONCE_TTL_SECONDS',
      `must be at least ${minimumNonceTtl(skewSeconds)}, which is 2 x VV_TG_ALLOWED_CLOCK_SKEW_SECONDS + 6`,
    );
  }
  for (const name of ['VV_TG_REQUIRE_MTLS', 'VV_TG_REQUIRE_PAYLOAD_SIGNATURE']) {
    if (!settings.boolean(name, true)) settings.fault(name, 'cannot be switched off');
  }
  return {
    skewSeconds,
    nonceTtlSeconds,
    nonceLimitPerIdentity: settings.integer('VV_TG_NONCE_LIMIT_PER_IDENTITY', {
      default: 5_000_000,
      min: 1,
      max: 1_000_000_000,
    }),
    rateLimitPerMinute: settings.integer('VV_TG_RATE_LIMIT_PER_MINUTE', {
      default: 120,
      min: 0,
      max: 100_000_000,
    }),
    peerRateLimitPerSecond: settings.integer('VV_TG_PEER_RATE_LIMIT_PER_SECOND', {
      default: 0,
      min: 0,
      max: 10_000_000,
    }),
    enforceSchemaVersion: settings.boolean('VV_TG_ENFORCE_SCHEMA_VERSION', true),
    allowedSchemaVersions: readVersions(settings),
    requireCanonicalJson: settings.boolean('VV_TG_REQUIRE_CANONICAL_JSON', true),
    fingerprintPolicy: settings.oneOf('VV_TG_FINGERPRINT_POLICY', ['flag', 'enforce'], 'flag'),
    bundleMaxAgeSeconds: settings.integer('VV_TG_BUNDLE_MAX_AGE_SECONDS', {
      default: 0,
      min: 0,
      max: 1_000_000_000,
    }),
  };
}

/** A CSV or a JSON array; the plural name before the singular one. */
function readVersions(settings: Settings): readonly string[] {
  const name = settings.text(VERSIONS) === null ? VERSION : VERSIONS;
  const text = settings.text(name);
  if (text === null) return ['1.0'];
  const versions = text.startsWith('[') ? jsonStrings(text) : text.split(',').map((item) => item.trim());
  if (
    versions !== null &&
    versions.length > 0 &&
    versions.every((item) => /^[0-9A-Za-z._-]{1,64}$/.test(item))
  ) {
    return [...new Set(versions)];
  }
  settings.fault(name, 'must be schema versions, separated by commas or as a JSON array of strings');
  return ['1.0'];
}

function jsonStrings(text: string): string[] | null {
  const parsed = parseStrictJson(new TextEncoder().encode(text));
  if (!parsed.ok || !Array.isArray(parsed.value)) return null;
  return parsed.value.every((item) => typeof item === 'string') ? [...parsed.value] : null;
}
