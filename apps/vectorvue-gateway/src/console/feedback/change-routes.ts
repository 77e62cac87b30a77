import { z } from 'zod';
import { type Decision, decideProposal } from '../../feedback/change/decide-proposal.ts';
import type { Basis } from '../../feedback/change/find-basis.ts';
import { askForChange } from '../../feedback/change/propose-change.ts';
import type { ProposedChange } from '../../feedback/change/proposed-change.ts';
import type { FeedbackChange, FeedbackRefusal } from '../../feedback/change/result.ts';
import { adjustmentTemplate } from '../../feedback/rules.ts';
import type { ConsoleChange, ConsoleContext } from '../context.ts';
import { moment, tenantId } from '../filters.ts';
import { type Refusal, Refused, refusal } from '../refusal.ts';
import { JUDGING_ROLES } from '../roles.ts';
import { type ConsoleRoute, consoleRoute, reasonField } from '../route.ts';
import { changeAnswer, decisionAnswer } from './schemas.ts';
import { timeOf, toChangeAnswer, toRefusal } from './to-items.ts';

const adjustmentKey = z.strictObject({
  tenant: tenantId,
  number: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
});

const basis = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('graph'), request_id: z.uuid() }),
  z.strictObject({
    kind: z.literal('finding'),
    operator_id: z.string().min(1).max(512),
    finding_id: z.string().min(1).max(256),
  }),
]);

/** In one transaction, with its entry; a refusal ends it with nothing written. */
async function changed<Value>(
  context: ConsoleContext,
  tenant: string,
  work: (tx: ConsoleChange) => Promise<FeedbackChange<Value>>,
  said: (refused: FeedbackRefusal) => Refusal,
): Promise<Value> {
  return context.change(tenant, async (tx) => {
    const result = await work(tx);
    if (!result.ok) throw new Refused(said(result));
    tx.record(result.note);
    return result.value;
  });
}

async function ask(context: ConsoleContext, tenant: string, change: ProposedChange) {
  const { twoPersonDeny } = context.gateway.config.feedback;
  const asked = await changed(
    context,
    tenant,
    (tx) => askForChange(tx, context.author, tenant, change, twoPersonDeny),
    toRefusal,
  );
  return { ok: true as const, value: toChangeAnswer(asked) };
}

const issue = consoleRoute({
  id: 'issueAdjustment',
  method: 'POST',
  path: '/adjustments',
  summary:
    'Issues an adjustment for the target of a graph or a finding; agents get it, signed, with their next query',
  roles: JUDGING_ROLES,
  changes: true,
  body: z.strictObject({ tenant: tenantId, basis, ...adjustmentTemplate.shape, reason: reasonField }),
  answer: changeAnswer,
  handle: (context, { body }) => {
    const { tenant, basis: about, reason: _, ...adjust } = body;
    return ask(context, tenant, { change: 'issue', draft: { basis: toBasis(about), adjust } });
  },
});

function toBasis(about: z.output<typeof basis>): Basis {
  return about.kind === 'graph'
    ? { kind: 'graph', requestId: about.request_id.toLowerCase() }
    : { kind: 'finding', operatorId: about.operator_id, findingId: about.finding_id };
}

const shorten = consoleRoute({
  id: 'shortenAdjustment',
  method: 'POST',
  path: '/adjustments/{tenant}/{number}/shorten',
  summary: 'Ends an adjustment sooner, for whoever has not fetched it yet',
  roles: JUDGING_ROLES,
  changes: true,
  params: adjustmentKey,
  body: z.strictObject({ ends_at: moment, reason: reasonField }),
  answer: changeAnswer,
  handle: (context, { params, body }) =>
    ask(context, params.tenant, {
      change: 'shorten',
      adjustmentId: params.number,
      endsAt: Math.floor(Date.parse(body.ends_at) / 1000),
    }),
});

const withdraw = consoleRoute({
  id: 'withdrawAdjustment',
  method: 'POST',
  path: '/adjustments/{tenant}/{number}/withdraw',
  summary: 'Takes an adjustment out of every answer from now on',
  roles: JUDGING_ROLES,
  changes: true,
  params: adjustmentKey,
  body: z.strictObject({ reason: reasonField }),
  answer: changeAnswer,
  handle: (context, { params }) =>
    ask(context, params.tenant, { change: 'withdraw', adjustmentId: params.number }),
});

function decisionRoute(decision: Decision, summary: string): ConsoleRoute {
  return consoleRoute({
    id: `${decision}Proposal`,
    method: 'POST',
    path: `/proposals/{tenant}/{proposal}/${decision}`,
    summary,
    roles: JUDGING_ROLES,
    changes: true,
    params: z.strictObject({ tenant: tenantId, proposal: z.uuid() }),
    body: z.strictObject({ reason: reasonField }),
    answer: decisionAnswer,
    handle: async (context, { params }) => {
      const { tenant } = params;
      const proposal = params.proposal.toLowerCase();
      // Nothing of a proposal is a field of this call: an end that has passed meanwhile is a refusal like others.
      const { state, made } = await changed(
        context,
        tenant,
        (tx) => decideProposal(tx, context.author, tenant, proposal, decision),
        ({ code, detail }) => refusal(code, detail),
      );
      return {
        ok: true,
        value: {
          state,
          adjustment_id: made?.adjustmentId ?? null,
          ends_at: made === null ? null : timeOf(made.endsAt),
          binds_until: made === null ? null : timeOf(made.bindsUntil),
        },
      };
    },
  });
}

export const changeRoutes: readonly ConsoleRoute[] = [
  issue,
  shorten,
  withdraw,
  decisionRoute('approve', 'Approves a change that somebody else has proposed, and makes it'),
  decisionRoute('decline', 'Declines a change that somebody else has proposed'),
  decisionRoute('retract', 'Takes back a proposal of one’s own'),
];
