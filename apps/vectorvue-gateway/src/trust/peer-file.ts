import { createHash } from 'node:crypto';
import {
  canonicalizeCompat,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type JwkSetEntry,
  parseJwk,
  parseStrictJson,
} from '@nyxera/federation-protocol';

/** What an agent's `init` writes: public things only. */
export interface PeerFile {
  readonly identity: string;
  readonly operatorId: string;
  /** As written; compared and stored lower case. */
  readonly tenantId: string;
  /** Lower-case hex; null: the certificate is not there yet. */
  readonly certificateSha256: string | null;
  readonly keys: readonly PeerKey[];
}

export interface PeerKey {
  readonly kid: string;
  readonly key: JwkSetEntry['key'];
  readonly purposes: readonly PeerPurpose[];
}

/** What an agent's own keys are for. */
export type PeerPurpose = 'telemetry' | 'evidence' | 'witness';

export type PeerFileResult =
  | { readonly ok: true; readonly value: PeerFile; readonly fingerprint: string }
  | { readonly ok: false; readonly detail: string };

/** A peer file is a few hundred bytes; more than this is something else. */
export const PEER_FILE_MAX_BYTES = 64 * 1024;
const MAX_KEYS = 16;

const MEMBERS = ['certificate_sha256', 'identity', 'keys', 'operator_id', 'tenant_id', 'v'];
const JWK_MEMBERS = ['alg', 'crv', 'kid', 'kty', 'purpose', 'use', 'x'];

/**
 * Reads a peer file. It comes from another organisation over who knows which way: parsed strictly, unknown
 * members refused, keys validated, a private key refused by name. Never throws.
 *
 * The fingerprint is the hex SHA-256 of the compat form of the whole file, so that it covers every member and
 * survives re-indentation. Two people compare it before anything of the file is trusted.
 */
export function parsePeerFile(bytes: Uint8Array): PeerFileResult {
  if (bytes.length > PEER_FILE_MAX_BYTES) return no(`larger than ${PEER_FILE_MAX_BYTES} bytes`);
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok) return no(`not strict JSON: ${parsed.detail}`);
  const object = parsed.value;
  if (!isJsonObject(object)) return no('not a JSON object');
  const unknown = Object.keys(object).find((member) => !MEMBERS.includes(member));
  if (unknown !== undefined) return no(`unknown member ${JSON.stringify(unknown)}`);
  if (object.v !== 1) return no('member "v" must be 1');
  const identity = text(object, 'identity');
  const operatorId = text(object, 'operator_id');
  const tenantId = text(object, 'tenant_id');
  if (identity === null || operatorId === null || tenantId === null) {
    return no('identity, operator_id and tenant_id must be strings');
  }
  const certificate = object.certificate_sha256 ?? null;
  if (certificate !== null && !(typeof certificate === 'string' && /^[0-9a-fA-F]{64}$/.test(certificate))) {
    return no('certificate_sha256 must be null or 64 hex digits');
  }
  const keys = parseKeys(object.keys);
  if (!keys.ok) return keys;
  return {
    ok: true,
    value: {
      identity,
      operatorId,
      tenantId,
      certificateSha256: certificate?.toLowerCase() ?? null,
      keys: keys.value,
    },
    fingerprint: createHash('sha256').update(canonicalizeCompat(object)).digest('hex'),
  };
}

function parseKeys(
  value: JsonValue | undefined,
): { ok: true; value: readonly PeerKey[] } | { ok: false; detail: string } {
  if (!isArray(value) || value.length === 0 || value.length > MAX_KEYS) {
    return no(`keys must be a list of 1 to ${MAX_KEYS} JWKs`);
  }
  const keys: PeerKey[] = [];
  for (const [index, jwk] of value.entries()) {
    // Before anything else: a private key in a file that travels has to be named, not reported as "unknown member".
    const entry = parseJwk(jwk);
    if (!entry.ok) return no(`keys[${index}]: ${entry.detail}`);
    const extra = isJsonObject(jwk)
      ? Object.keys(jwk).find((member) => !JWK_MEMBERS.includes(member))
      : undefined;
    if (extra !== undefined) return no(`keys[${index}]: unknown member ${JSON.stringify(extra)}`);
    const purposes = (entry.value.purposes ?? []).filter(isPeerPurpose);
    const alone = !purposes.includes('witness') || purposes.every((purpose) => purpose === 'witness');
    if (purposes.length === 0 || purposes.length !== entry.value.purposes?.length || !alone) {
      return no(`keys[${index}]: purpose must be a list of telemetry and evidence, or witness alone`);
    }
    keys.push({ kid: entry.value.kid, key: entry.value.key, purposes: [...new Set(purposes)] });
  }
  return { ok: true, value: keys };
}

/** An agent's keys are for nothing else: a peer file cannot plant a feedback or audit key. */
function isPeerPurpose(purpose: string): purpose is PeerPurpose {
  return purpose === 'telemetry' || purpose === 'evidence' || purpose === 'witness';
}

function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function text(object: JsonObject, member: string): string | null {
  const value = object[member];
  return typeof value === 'string' ? value : null;
}

function no(detail: string): { ok: false; detail: string } {
  return { ok: false, detail };
}
