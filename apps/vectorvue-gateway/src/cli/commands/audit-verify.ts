import { z } from 'zod';
import { verifyAuditLog } from '../../audit/verify.ts';
import { storeCommand } from '../command.ts';
import { defineCommand } from '../define-option.ts';

export const auditVerify = storeCommand({
  name: 'audit verify',
  readOnly: true,
  input: z.strictObject({}),
  register: (program, submit) => {
    defineCommand(program, 'audit verify', {
      summary: 'check the whole audit log: contiguous sequence, leaf hashes, disclosures',
      example: 'audit verify --json',
      notes: 'Exit code 1 and the exact place where something is wrong.',
    }).action((options) => submit('audit verify', {}, options));
  },
  run: async (context) => {
    const result = await verifyAuditLog(context.db);
    throw new Error(`not integrated: ${JSON.stringify(result)}`);
  },
});
