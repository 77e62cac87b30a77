import { canonicalizeCompat } from '@nyxera/federation-protocol';
import { z } from 'zod';
import { adjustmentTemplate } from '../rules.ts';
import type { AdjustmentDraft } from './issue-adjustment.ts';

/** A change of feedback as it is asked for, before anybody has decided whether it is made at once or proposed. */
export type ProposedChange =
  | { readonly change: 'issue'; readonly draft: AdjustmentDraft }
  | { readonly change: 'shorten'; readonly adjustmentId: number; readonly endsAt: number }
  | { readonly change: 'withdraw'; readonly adjustmentId: number };

export const basisSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('graph'), requestId: z.uuid() }),
  z.strictObject({
    kind: z.literal('finding'),
    operatorId: z.string().min(1).max(512),
    findingId: z.string().min(1).max(256),
  }),
]);

const issueDraft = z.strictObject({ basis: basisSchema, adjust: adjustmentTemplate });
const shortenDraft = z.strictObject({ ends_at: z.int() });

/** What of a change is kept with its proposal, besides the adjustment that it is about. */
export function writeDraft(change: ProposedChange): string {
  switch (change.change) {
    case 'issue':
      return canonicalizeCompat({ adjust: change.draft.adjust, basis: change.draft.basis });
    case 'shorten':
      return canonicalizeCompat({ ends_at: change.endsAt });
    case 'withdraw':
      return '{}';
  }
}

/** @throws where the row is not one that `writeDraft` made: damaged or of another version. */
export function readDraft(row: {
  readonly change: ProposedChange['change'];
  readonly adjustment_id: number | null;
  readonly draft: string;
}): ProposedChange {
  const value: unknown = JSON.parse(row.draft);
  if (row.change === 'issue') return { change: 'issue', draft: issueDraft.parse(value) };
  const adjustmentId = z.int().parse(row.adjustment_id);
  if (row.change === 'withdraw') return { change: 'withdraw', adjustmentId };
  return { change: 'shorten', adjustmentId, endsAt: shortenDraft.parse(value).ends_at };
}
