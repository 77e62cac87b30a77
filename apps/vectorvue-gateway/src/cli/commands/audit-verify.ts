import { z } from 'zod';
import { verifyAuditLog } from '../../audit/verify.ts';
import { storeCommand } from '../command.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';

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
    if (result.ok) {
      return {
        json: { ok: true, entries: result.size, undisclosed: result.undisclosed },
        lines: [`${result.size} entries, no fault`],
        exitCode: EXIT.ok,
      };
    }
    const { sequence, kind, detail } = result.fault;
    return {
      json: { ok: false, entries: result.size, fault: { sequence, kind, detail } },
      lines: [`FAULT at sequence ${sequence}: ${kind}: ${detail}`, `the log has ${result.size} entries`],
      exitCode: EXIT.fault,
    };
  },
});
