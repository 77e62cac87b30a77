import { z } from 'zod';
import { makeProof } from '../../audit/make-proof.ts';
import { CommandRefused, storeCommand } from '../command.ts';
import { defineCommand, given, treeSize } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';

export const auditProve = storeCommand({
  name: 'audit prove',
  readOnly: true,
  input: z.strictObject({
    request: z.guid('--request is a UUID'),
    size: z.number().int().min(1).optional(),
  }),
  register: (program, submit) => {
    defineCommand(program, 'audit prove', {
      summary: 'everything that proves what was decided about a request, as one file',
      example: 'audit prove --request 0199f3a0-8f1e-7c3a-9d55-2b6f0e1c4a77 --out proof.json',
      notes:
        'The file holds the tenant, operator and subject of the entries and the signed bytes of the request: hand it only to whom these may be shown. It is checked with "audit verify-proof", without a database.',
    })
      .requiredOption('--request <id>', 'the request')
      .option('--size <size>', 'under the checkpoint of that size (default: the newest)', treeSize)
      .option('--out <file>', 'write the proof here, which must not exist yet (default: stdout)')
      .action(({ request, size, ...options }) => submit('audit prove', given({ request, size }), options));
  },
  run: async (context, { request, size = null }) => {
    const made = await makeProof(context.db, request.toLowerCase(), size);
    if (!made.ok) throw new CommandRefused(made.code, made.detail);
    const { file } = made;
    return {
      json: { ok: true, proof: file },
      lines: [`proof of ${file.entries.length} entries in the log ${file.log}`],
      file: `${JSON.stringify(file, null, 1)}\n`,
      exitCode: EXIT.ok,
    };
  },
});
