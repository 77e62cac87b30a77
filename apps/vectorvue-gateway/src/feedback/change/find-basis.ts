import type { Queryable, Statement } from '../../store/database.ts';
import { type FeedbackRefusal, refuse } from './result.ts';

/**
 * What an analyst's adjustment is about. It must be a graph or a finding of the tenant: an adjustment carries the
 * fingerprint and the attestation hash of what caused it (PROTOCOL.md section 8), and an agent that anchors takes no
 * others.
 */
export type Basis =
  | { readonly kind: 'graph'; readonly requestId: string }
  | { readonly kind: 'finding'; readonly operatorId: string; readonly findingId: string };

export interface FoundBasis {
  readonly ok: true;
  readonly targetUrn: string;
  readonly executionFingerprint: string;
  readonly attestationMeasurementHash: string;
}

interface BasisRow {
  readonly target_urn: string | null;
  readonly execution_fingerprint: string;
  readonly attestation_measurement_hash: string;
  readonly status: string;
}

const GRAPH: Statement = {
  name: 'feedback-basis-graph-v1',
  text: `SELECT target_urn, execution_fingerprint, attestation_measurement_hash, 'open' AS status FROM graphs
WHERE tenant_id = $1 AND request_id = $2::uuid`,
};
/** Locked, so that it is not closed while something is issued for it. */
const FINDING: Statement = {
  name: 'feedback-basis-finding-v1',
  text: `SELECT target_urn, execution_fingerprint, attestation_measurement_hash, status FROM findings
WHERE tenant_id = $1 AND operator_id = $2 AND finding_id = $3 FOR SHARE`,
};

/** As the wire has it: 1..512 code points, and none of them U+0000. */
const MAX_TARGET = 512;

export async function findBasis(
  tx: Queryable,
  tenantId: string,
  basis: Basis,
): Promise<FoundBasis | FeedbackRefusal> {
  const [row] =
    basis.kind === 'graph'
      ? await tx.query<BasisRow>(GRAPH, [tenantId, basis.requestId])
      : await tx.query<BasisRow>(FINDING, [tenantId, basis.operatorId, basis.findingId]);
  if (row === undefined) return refuse('basis_unknown', `this tenant has no such ${basis.kind}`);
  if (row.status === 'closed' || row.status === 'suppressed') {
    return refuse('basis_ended', `the finding is ${row.status}: it causes nothing any more`);
  }
  const targetUrn = row.target_urn ?? '';
  const length = [...targetUrn].length;
  if (length < 1 || length > MAX_TARGET || targetUrn.includes('\0')) {
    return refuse('basis_without_target', 'the finding names no target that feedback could be about');
  }
  return {
    ok: true,
    targetUrn,
    executionFingerprint: row.execution_fingerprint,
    attestationMeasurementHash: row.attestation_measurement_hash,
  };
}

/** As `adjustments.basis_id` has it. */
export function basisId(basis: Basis): string {
  return basis.kind === 'graph' ? basis.requestId : `${basis.operatorId}/${basis.findingId}`;
}
