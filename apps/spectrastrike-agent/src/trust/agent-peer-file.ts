import { type Ed25519PublicKey, type JsonObject, toJwk } from '@nyxera/federation-protocol';

/** What the agent tells a gateway about itself; everything in it is public. */
export interface AgentPeer {
  readonly identity: string;
  readonly operatorId: string;
  /** Verbatim. */
  readonly tenantId: string;
  /** Lower-case hex SHA-256 of the client certificate's DER; null while there is only a CSR. */
  readonly certificateSha256: string | null;
  readonly telemetryKey: Ed25519PublicKey;
  readonly telemetryKid: string;
  /** null: the telemetry key is declared for evidence too (PROTOCOL.md section 15). */
  readonly evidenceKey: Ed25519PublicKey | null;
  /** null: this agent does not cosign, or its gateway is of a version that knows no witness keys. */
  readonly witnessKey: Ed25519PublicKey | null;
}

/** The content of `peer.json`, which `vectorvue-gateway peer add` takes. */
export function agentPeerFile(peer: AgentPeer): JsonObject {
  return {
    certificate_sha256: peer.certificateSha256,
    identity: peer.identity,
    keys: [...keysOf(peer), ...witnessKeyOf(peer)],
    operator_id: peer.operatorId,
    tenant_id: peer.tenantId,
    v: 1,
  };
}

function keysOf({ telemetryKey, telemetryKid, evidenceKey }: AgentPeer): readonly JsonObject[] {
  const telemetry = toJwk(telemetryKey, { kid: telemetryKid, use: 'sig' });
  if (evidenceKey === null || evidenceKey.kid === telemetryKey.kid) {
    return [{ ...telemetry, purpose: ['telemetry', 'evidence'] } as JsonObject];
  }
  const evidence = toJwk(evidenceKey, { kid: evidenceKey.kid, use: 'sig' });
  return [
    { ...telemetry, purpose: ['telemetry'] } as JsonObject,
    { ...evidence, purpose: ['evidence'] } as JsonObject,
  ];
}

function witnessKeyOf({ witnessKey }: AgentPeer): readonly JsonObject[] {
  if (witnessKey === null) return [];
  return [{ ...toJwk(witnessKey, { use: 'sig' }), purpose: ['witness'] } as JsonObject];
}
