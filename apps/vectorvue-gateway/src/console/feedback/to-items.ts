import type { z } from 'zod';
import type { AskedChange } from '../../feedback/change/propose-change.ts';
import type { FeedbackRefusal } from '../../feedback/change/result.ts';
import { fieldRefusal, type Refusal, refusal } from '../refusal.ts';
import type { ListedAdjustment } from './list-adjustments.ts';
import type { ListedProposal } from './list-proposals.ts';
import { policyEffect } from './policy-effect.ts';
import type { adjustmentItem, changeAnswer, graphDetail, proposalItem } from './schemas.ts';
import type { GraphDetail } from './show-graph.ts';

/** Unix seconds as RFC 3339. */
export function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

export function toAdjustmentItem(row: ListedAdjustment): z.input<typeof adjustmentItem> {
  return {
    ...row,
    ttl_seconds: row.expires_at - row.issued_at,
    effect: policyEffect(row),
    issued_at: timeOf(row.issued_at),
    expires_at: timeOf(row.expires_at),
    promised_until: row.promised_until === null ? null : timeOf(row.promised_until),
  };
}

export function toProposalItem(row: ListedProposal, actor: string): z.input<typeof proposalItem> {
  return { ...row, own: row.proposed_by === actor };
}

export function toGraphDetail(graph: GraphDetail): z.input<typeof graphDetail> {
  const { drawn, ...rest } = graph;
  if (drawn === null) return { ...rest, drawn };
  const { nodes, edges, nodesTotal, edgesTotal, edgesLoose } = drawn;
  return {
    ...rest,
    drawn: {
      nodes: nodes.map((node) => ({ ...node, members: node.members.map(([name, text]) => [name, text]) })),
      edges: [...edges],
      nodes_total: nodesTotal,
      edges_total: edgesTotal,
      edges_loose: edgesLoose,
    },
  };
}

export function toChangeAnswer(asked: AskedChange): z.input<typeof changeAnswer> {
  if (asked.outcome === 'made') {
    return {
      outcome: 'made',
      adjustment_id: asked.adjustmentId,
      ends_at: timeOf(asked.endsAt),
      binds_until: timeOf(asked.bindsUntil),
      proposal_id: null,
      proposal_expires_at: null,
    };
  }
  return {
    outcome: 'proposed',
    adjustment_id: null,
    ends_at: null,
    binds_until: null,
    proposal_id: asked.proposalId,
    proposal_expires_at: new Date(asked.proposalExpiresAtMs).toISOString(),
  };
}

/** A refusal of a change as the API says it; what one field is to blame for stands beside the field. */
export function toRefusal(refused: FeedbackRefusal): Refusal {
  return refused.code === 'end_invalid'
    ? fieldRefusal('input_invalid', 'ends_at', refused.detail)
    : refusal(refused.code, refused.detail);
}
