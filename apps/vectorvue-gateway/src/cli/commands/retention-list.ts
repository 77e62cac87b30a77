import { z } from 'zod';
import { listRules } from '../../retention/retention-rule.ts';
import { storeCommand } from '../command.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';

export const retentionList = storeCommand({
  name: 'retention list',
  readOnly: true,
  input: z.strictObject({}),
  register: (program, submit) => {
    defineCommand(program, 'retention list', {
      summary: 'the rules: how long what is kept',
      example: 'retention list',
      notes: 'What no rule covers is kept. The rule of a tenant stands before that of * (every tenant).',
    }).action((options) => submit('retention list', {}, options));
  },
  run: async (context) => {
    const rules = await listRules(context.db);
    return {
      json: { rules: rules.map((rule) => ({ ...rule, changed_at: rule.changed_at.toISOString() })) },
      table: {
        head: ['tenant', 'class', 'erases', 'kept for', 'set by', 'set'],
        rows: rules.map(({ tenant_id, class: of, erases, days, changed_by, changed_at }) => [
          tenant_id === '' ? '(none)' : tenant_id,
          of,
          erases,
          days === null ? 'ever' : `${days} days`,
          changed_by,
          changed_at.toISOString(),
        ]),
      },
      lines: rules.length === 0 ? ['no rules: everything is kept'] : [],
      exitCode: EXIT.ok,
    };
  },
});
