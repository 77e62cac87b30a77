import type { AdjustmentRow, GraphRow } from '../store/commit-types.ts';
import type { AdjustmentTemplate, FeedbackRules } from './rules.ts';

/** What the arrival of a graph causes: the first rule that matches decides; none matching, nothing. */
export function adjustForGraph(
  rules: FeedbackRules,
  graph: GraphRow,
  requestId: string,
  nowSeconds: number,
): readonly AdjustmentRow[] {
  const rule = rules.graph.find((candidate) => graph.nodeCount >= candidate.when.min_nodes);
  if (rule === undefined) return [];
  return [
    {
      ...fromTemplate(rule.adjust),
      ...graphSource(graph),
      timestamp: nowSeconds,
      cause: 'graph',
      causeId: requestId,
      ruleId: rule.id,
    },
  ];
}

export function fromTemplate(template: AdjustmentTemplate) {
  const { action, confidence, rationale, control, ttl_seconds: ttlSeconds } = template;
  return { action, confidence, rationale, control, ttlSeconds };
}

function graphSource(graph: GraphRow) {
  const { targetUrn, executionFingerprint, attestationMeasurementHash } = graph;
  return { targetUrn, executionFingerprint, attestationMeasurementHash };
}
