import { z } from 'zod';
import { type PruningPlan, planPruning } from '../../retention/plan-pruning.ts';
import { prune } from '../../retention/prune.ts';
import {
  type CommandContext,
  CommandRefused,
  type CommandResult,
  storeCommand,
  type Table,
} from '../command.ts';
import { defineCommand, given } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';

export const retentionApply = storeCommand({
  name: 'retention apply',
  retains: true,
  input: z.strictObject({
    confirm: z
      .string()
      .regex(/^[0-9a-f]{16}$/, '--confirm is the plan that a run without it has printed')
      .optional(),
    reason: z.string().trim().min(1).max(500).optional(),
  }),
  register: (program, submit) => {
    defineCommand(program, 'retention apply', {
      summary: 'erase what the rules no longer keep; without --confirm only show it',
      example: 'retention apply --confirm 3f9a1c0d5e7b2468 --reason "monthly run"',
      notes:
        'Without --confirm nothing is changed: it shows what would go and names that plan, and exits with 2. With it exactly that plan is carried out, and refused where something else would go by now. Each batch is an entry of the log. Needs a login of vectorvue_retain.',
    })
      .option('--confirm <plan>', 'the plan that was shown')
      .option('--reason <text>', 'why; it is recorded in the log')
      .action((options) => submit('retention apply', given(options), options));
  },
  run: async (context, { confirm, reason }) => {
    const plan = await planPruning(context.db);
    if (plan.targets.length === 0 && confirm === undefined) {
      return {
        json: { ok: true, plan: null, targets: [] },
        lines: ['nothing is to be erased'],
        exitCode: EXIT.ok,
      };
    }
    if (confirm === undefined) return shown(plan);
    if (reason === undefined)
      throw new CommandRefused('reason_required', 'say --reason TEXT: the log records it');
    if (confirm !== plan.id) {
      throw new CommandRefused(
        'plan_changed',
        'by now something else would be erased: look at it again without --confirm',
      );
    }
    return carryOut(context, plan, reason);
  },
});

function shown(plan: PruningPlan): CommandResult {
  return {
    json: { ok: false, plan: plan.id, targets: targetsOf(plan) },
    table: tableOf(plan),
    lines: [`nothing was changed; to erase this: retention apply --confirm ${plan.id} --reason TEXT`],
    exitCode: EXIT.refused,
  };
}

async function carryOut(context: CommandContext, plan: PruningPlan, reason: string): Promise<CommandResult> {
  const total = plan.targets.reduce((sum, { count }) => sum + count, 0);
  let erased = 0;
  for (const target of plan.targets) {
    erased += await prune(context.db, { actor: context.actor, reason }, target);
    context.progress?.(erased, total);
  }
  return {
    json: { ok: true, plan: plan.id, targets: targetsOf(plan), erased },
    table: tableOf(plan),
    lines: [`${erased} erased; the log says so, and "audit verify" verifies what is left`],
    exitCode: EXIT.ok,
  };
}

function targetsOf({ targets }: PruningPlan) {
  return targets.map((target) => ({ ...target, before: target.before.toISOString() }));
}

function tableOf({ targets }: PruningPlan): Table {
  return {
    head: ['tenant', 'class', 'erases', 'older than', 'count'],
    rows: targets.map(({ tenant, class: of, erases, before, count }) => [
      tenant === '' ? '(none)' : tenant,
      of,
      erases,
      before.toISOString(),
      String(count),
    ]),
  };
}
