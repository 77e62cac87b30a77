import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { JsonObject } from '@nyxera/federation-protocol';
import type { FeedbackConfig, LaneConfig } from '../config.ts';

/**
 * The effective settings as they are measured: what decides where events go, as whom, and which feedback is
 * believed. No secret and no path of this machine: a certificate counts by its bytes, wherever it lies.
 * `LaneConfig` alone where only spooling was asked for (`send --no-wait` needs no key).
 */
export function measuredSettings(config: LaneConfig | FeedbackConfig): JsonObject {
  const lane: JsonObject = {
    gateway_url: config.gatewayUrl,
    operator_id: config.operatorId,
    schema_version: config.schemaVersion,
    tenant_id: config.tenantId,
  };
  if (!('tls' in config)) return lane;
  return {
    ...lane,
    audit_log_keys: [...(config.log?.verifierKeys ?? [])].sort(),
    audit_required: config.auditRequired,
    client_certificate_sha256: fileHash(config.tls.certFile),
    feedback_kids: config.feedbackKeys.map((one) => `${one.kid}:${one.key.toBase64()}`).sort(),
    require_binding: config.requireBinding,
    server_ca_sha256: config.tls.caFile === null ? null : fileHash(config.tls.caFile),
    server_pins: [...config.tls.serverPins].sort(),
    service_identity: config.serviceIdentity,
    tls_min_version: config.tls.minVersion,
  };
}

function fileHash(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
