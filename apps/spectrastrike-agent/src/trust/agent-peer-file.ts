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
}

/** The content of `peer.json`, which `vectorvue-gateway peer add` takes. */
export function agentPeerFile(peer: AgentPeer): JsonObject {
  return {
    certificate_sha256: peer.certificateSha256,
    identity: peer.identity,
    keys: [
      {
        ...toJwk(peer.telemetryKey, { kid: peer.telemetryKid, use: 'sig' }),
        purpose: ['telemetry', 'evidence'],
      } as JsonObject,
    ],
    operator_id: peer.operatorId,
    tenant_id: peer.tenantId,
    v: 1,
  };
}
