import { z } from 'zod';

/**
 * What a graph or a finding causes (PROTOCOL.md section 8). Graph rules are tried in order and the first
 * that matches decides; of the finding rules each that matches does.
 */
export interface FeedbackRules {
  readonly graph: readonly GraphRule[];
  readonly finding: readonly FindingRule[];
}

export type GraphRule = z.infer<typeof graphRule>;
export type FindingRule = z.infer<typeof findingRule>;
export type AdjustmentTemplate = z.infer<typeof adjustmentTemplate>;

const id = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be 1 to 64 of a-z 0-9 . _ -');

/** As the wire takes it (PROTOCOL.md section 8); anything else would break every answer that holds it. */
function wireText(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !/[\0\p{Surrogate}]/u.test(value), 'must be text without U+0000');
}

export const adjustmentTemplate = z.strictObject({
  /** From mild to strict; PROTOCOL.md section 14 merges by this. */
  action: z.enum(['observe', 'tighten', 'deny']),
  confidence: z.number().min(0).max(1),
  /** Seconds. */
  ttl_seconds: z.int().min(60).max(86_400),
  control: wireText(64).default('execution'),
  rationale: wireText(2048),
});

const graphRule = z.strictObject({
  id,
  when: z.strictObject({ min_nodes: z.int().min(0).default(0) }).prefault({}),
  adjust: adjustmentTemplate,
});

const findingRule = z.strictObject({
  id,
  when: z.strictObject({ severity: z.array(z.enum(['info', 'low', 'medium', 'high', 'critical'])).min(1) }),
  adjust: adjustmentTemplate,
});

/** The rules file. Unknown members are faults: a misspelt `confidance` must not silently change a decision. */
export const rulesFile = z
  .strictObject({
    version: z.literal(1),
    graph: z.array(graphRule),
    finding: z.array(findingRule),
  })
  .superRefine((rules, context) => {
    const seen = new Set<string>();
    for (const [list, items] of [['graph', rules.graph] as const, ['finding', rules.finding] as const]) {
      for (const [index, item] of items.entries()) {
        if (seen.has(item.id)) {
          context.addIssue({ code: 'custom', path: [list, index, 'id'], message: 'is used by another rule' });
        }
        seen.add(item.id);
      }
    }
  });
