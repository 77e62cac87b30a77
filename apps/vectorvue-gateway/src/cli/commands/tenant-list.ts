import { z } from 'zod';
import { listMappings } from '../../store/read/list-trust.ts';
import { storeCommand } from '../command.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';

export const tenantList = storeCommand({
  name: 'tenant list',
  readOnly: true,
  input: z.strictObject({}),
  register: (program, submit) => {
    defineCommand(program, 'tenant list', {
      summary: 'tenants and the operators that are mapped to them',
      example: 'tenant list',
    }).action((options) => submit('tenant list', {}, options));
  },
  run: async (context) => {
    const rows = await listMappings(context.db);
    const tenants = new Map<
      string,
      {
        tenant_id: string;
        name: string | null;
        state: string;
        operators: { operator_id: string; source: string }[];
      }
    >();
    for (const row of rows) {
      const tenant = tenants.get(row.tenant_id) ?? {
        tenant_id: row.tenant_id,
        name: row.name,
        state: row.state,
        operators: [],
      };
      tenants.set(row.tenant_id, tenant);
      if (row.operator_id !== null) {
        tenant.operators.push({ operator_id: row.operator_id, source: row.source ?? '-' });
      }
    }
    return {
      json: { tenants: [...tenants.values()] },
      table: {
        head: ['tenant', 'state', 'operator', 'source'],
        rows: rows.map((row) => [row.tenant_id, row.state, row.operator_id ?? '-', row.source ?? '-']),
      },
      lines: rows.length === 0 ? ['no tenant is known'] : [],
      exitCode: EXIT.ok,
    };
  },
});
