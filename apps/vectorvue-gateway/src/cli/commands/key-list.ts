import { KEY_PURPOSES } from '@nyxera/federation-protocol';
import { Option } from 'commander';
import { z } from 'zod';
import { listKeys } from '../../store/read/list-trust.ts';
import { thumbprintOf } from '../../trust/change-key.ts';
import { cell, dateCell } from '../answer.ts';
import { storeCommand } from '../command.ts';
import { defineCommand, given } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';

const input = z.strictObject({
  identity: z.string().max(256).optional(),
  purpose: z.enum(KEY_PURPOSES).optional(),
});

export const keyList = storeCommand({
  name: 'key list',
  readOnly: true,
  input,
  register: (program, submit) => {
    defineCommand(program, 'key list', {
      summary: 'the keyring, revoked keys included',
      example: 'key list --purpose telemetry',
    })
      .option('--identity <name>', 'only keys of this owner (@gateway for feedback keys)')
      .addOption(new Option('--purpose <purpose>', 'only keys for this purpose').choices(KEY_PURPOSES))
      .action((options) => submit('key list', given(options), options));
  },
  run: async (context, { identity = null, purpose = null }) => {
    const rows = await listKeys(context.db, { owner: identity, purpose });
    const keys = rows.map((row) => ({
      owner: row.owner,
      purpose: row.purpose,
      kid: row.kid,
      thumbprint: thumbprintOf(row),
      public_key: Buffer.from(row.public_key).toString('base64'),
      tenants: row.domain,
      state: row.state,
      not_before: row.not_before?.toISOString() ?? null,
      not_after: row.not_after?.toISOString() ?? null,
      source: row.source,
      signer_uri: row.signer_uri,
      reason: row.reason,
      updated_at: row.updated_at.toISOString(),
    }));
    return {
      json: { keys },
      table: {
        head: ['owner', 'purpose', 'kid', 'state', 'tenants', 'until', 'source', 'reason'],
        rows: rows.map((row) => [
          row.owner,
          row.purpose,
          row.kid,
          row.state,
          cell(row.domain),
          dateCell(row.not_after),
          row.source,
          row.reason ?? '-',
        ]),
      },
      lines: rows.length === 0 ? ['the keyring is empty'] : [],
      exitCode: EXIT.ok,
    };
  },
});
