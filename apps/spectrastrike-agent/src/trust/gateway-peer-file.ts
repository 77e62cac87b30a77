import {
  type Ed25519PublicKey,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type KeyState,
  parseJwkSet,
  parseStrictJson,
  type Result,
  reject,
} from '@nyxera/federation-protocol';
import { parseLogKeys, type TrustedLog } from '../config/audit-log-settings.ts';

/** What a gateway answered to `peer add`: the file that the agent's `peer add` takes. */
export interface GatewayPeer {
  /** As parsed; its fingerprint is what people confirm. */
  readonly document: JsonObject;
  readonly gatewayUrl: string | null;
  /** Lower-case hex; may be empty. */
  readonly serverCertificateSha256: readonly string[];
  readonly caPem: string | null;
  readonly feedbackKeys: readonly GatewayFeedbackKey[];
  /** The gateway's audit log and its keys; null where it names none. */
  readonly auditLog: TrustedLog | null;
  /** Lower-case. */
  readonly tenantId: string;
  readonly operatorId: string;
}

export interface GatewayFeedbackKey {
  readonly kid: string;
  readonly key: Ed25519PublicKey;
  readonly state: KeyState;
  /** Unix seconds. */
  readonly notBefore: number | null;
  readonly notAfter: number | null;
}

const TENANT_ID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const SHA256_HEX = /^[0-9a-f]{64}$/;

/** Reads a gateway's peer file, strictly: what is not understood is refused and not skipped over. */
export function parseGatewayPeerFile(bytes: Uint8Array): Result<GatewayPeer> {
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok) return parsed;
  const document = parsed.value;
  if (!isJsonObject(document)) return invalid('the file is not a JSON object', '');
  if (document.v !== 1) return invalid('v is not 1: a file of another version', '/v');
  const tenantId = typeof document.tenant_id === 'string' ? document.tenant_id.toLowerCase() : '';
  if (!TENANT_ID.test(tenantId)) return invalid('tenant_id is not a tenant id', '/tenant_id');
  const operatorId = document.operator_id;
  if (typeof operatorId !== 'string' || operatorId === '' || [...operatorId].length > 128) {
    return invalid('operator_id is not a string of 1 to 128 characters', '/operator_id');
  }
  const gatewayUrl = optionalText(document.gateway_url);
  if (gatewayUrl !== null && !isHttpsUrl(gatewayUrl)) {
    return reject('insecure_transport', 'gateway_url is not an https: URL', '/gateway_url');
  }
  const pins = readPins(document.server_certificate_sha256);
  if (pins === null) {
    return invalid(
      'server_certificate_sha256 is not a list of SHA-256 fingerprints',
      '/server_certificate_sha256',
    );
  }
  const caPem = optionalText(document.ca_pem);
  if (caPem !== null && !/^-----BEGIN CERTIFICATE-----\s/.test(caPem.trimStart())) {
    return invalid('ca_pem is not a PEM certificate', '/ca_pem');
  }
  const keys = readKeys(document.feedback_keys);
  if (!keys.ok) return keys;
  const auditLog = readAuditLog(document.audit_log ?? null);
  if (!auditLog.ok) return auditLog;
  return {
    ok: true,
    value: {
      document,
      gatewayUrl,
      serverCertificateSha256: pins,
      caPem,
      feedbackKeys: keys.value,
      auditLog: auditLog.value,
      tenantId,
      operatorId,
    },
  };
}

/** All or nothing: one bad key refuses the file. */
function readKeys(value: JsonValue | undefined): Result<readonly GatewayFeedbackKey[]> {
  const set = parseJwkSet({ keys: value ?? null });
  if (!set.ok) return set;
  const keys: GatewayFeedbackKey[] = [];
  for (const [index, entry] of set.value.entries()) {
    if (entry.purposes !== null && !entry.purposes.includes('feedback')) {
      return reject('key_invalid', 'a key is not declared for feedback', `/feedback_keys/${index}`);
    }
    const { kid, key, notBefore, notAfter } = entry;
    keys.push({ kid, key, notBefore, notAfter, state: entry.state ?? 'active' });
  }
  return { ok: true, value: keys };
}

/** `{"origin", "verifier_keys": [C2SP verifier keys of that name]}`; files of gateways without a log have none. */
function readAuditLog(value: JsonValue): Result<TrustedLog | null> {
  if (value === null) return { ok: true, value: null };
  const keys = isJsonObject(value) ? value.verifier_keys : undefined;
  if (!isJsonObject(value) || !Array.isArray(keys)) {
    return invalid('audit_log is not an object with a list of verifier keys', '/audit_log');
  }
  const texts = (keys as readonly JsonValue[]).map((one) => (typeof one === 'string' ? one : ''));
  const read = parseLogKeys(texts);
  if (!read.ok) return reject('key_invalid', `audit_log ${read.problem}`, '/audit_log/verifier_keys');
  return read.log.origin === value.origin
    ? { ok: true, value: read.log }
    : invalid('origin is not the name of the keys', '/audit_log/origin');
}

function readPins(value: JsonValue | undefined): readonly string[] | null {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return null;
  const pins = (value as readonly JsonValue[]).map((one) =>
    typeof one === 'string' ? one.toLowerCase() : '',
  );
  return pins.every((pin) => SHA256_HEX.test(pin)) ? pins : null;
}

function optionalText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function isHttpsUrl(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'https:';
}

function invalid(detail: string, path: string): Result<never> {
  return reject('schema_invalid', detail, path);
}
