import type { DatabaseSync } from 'node:sqlite';
import type { Adjustment } from '@nyxera/federation-protocol';
import { pushedAttestationHashes } from '../graph/graph-store.ts';

/** Why an item is not anchored; null where it is. */
export type AnchorFault =
  | 'fingerprint is of no graph that was pushed'
  | 'attestation hash is not the one of its graph';

/**
 * Anchoring (PROTOCOL.md section 8): an item must name an execution of which this agent pushed a graph, with
 * the attestation hash that the graph gives for that very fingerprint. A signed answer about somebody else's
 * execution, or about ours under another measurement, changes nothing.
 */
export function anchorFault(db: DatabaseSync, tenantId: string, adjustment: Adjustment): AnchorFault | null {
  const hashes = pushedAttestationHashes(db, tenantId, adjustment.execution_fingerprint.toLowerCase());
  if (hashes.size === 0) return 'fingerprint is of no graph that was pushed';
  if (!hashes.has(adjustment.attestation_measurement_hash.toLowerCase())) {
    return 'attestation hash is not the one of its graph';
  }
  return null;
}
