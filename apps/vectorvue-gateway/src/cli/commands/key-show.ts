import { KEY_PURPOSES } from '@nyxera/federation-protocol';
import { Option } from 'commander';
import { z } from 'zod';
import { keyHistory, type ListedKey, listKeys } from '../../store/read/list-trust.ts';
import { thumbprintOf } from '../../trust/change-key.ts';
import { cell, dateCell } from '../answer.ts';
import { CommandRefused, storeCommand } from '../command.ts';
import { defineCommand, given } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';

const input = z.strictObject({
  kid: z.string().max(128),
  identity: z.string().max(256).optional(),
  purpose: z.enum(KEY_PURPOSES).optional(),
});

export const keyShow = storeCommand({
  name: 'key show',
  readOnly: true,
  input,
  register: (program, submit) => {
    defineCommand(program, 'key show', {
      arguments: '<kid>',
      summary: 'one key and its history: what was changed, when, by whom and why',
      example: 'key show telemetry-2026-10',
      notes:
        'Every entry that holds the same public key is told, under whatever name. The audit log has an entry of each change (audit list --class trust).',
    })
      .option('--identity <name>', 'the key of this owner (@gateway for feedback keys)')
      .addOption(new Option('--purpose <purpose>', 'for this purpose').choices(KEY_PURPOSES))
      .action((kid: string, options) => submit('key show', { kid, ...given(options) }, options));
  },
  run: async (context, { kid, identity = null, purpose = null }) => {
    const rows = await listKeys(context.db, { owner: identity, purpose });
    const named = rows.filter((row) => row.kid === kid);
    const found = named.length > 0 ? named : rows.filter((row) => thumbprintOf(row) === kid);
    const [first] = found;
    if (first === undefined) throw new CommandRefused('key_unknown', 'no such key; see key list');
    if (found.some((row) => Buffer.compare(row.public_key, first.public_key) !== 0)) {
      throw new CommandRefused('key_ambiguous', 'this kid names different keys: say --identity or --purpose');
    }
    const history = await keyHistory(context.db, first.public_key);
    return {
      json: {
        thumbprint: thumbprintOf(first),
        public_key: Buffer.from(first.public_key).toString('base64'),
        keys: found.map(described),
        history: history.map((change) => ({
          ...change,
          not_before: change.not_before?.toISOString() ?? null,
          not_after: change.not_after?.toISOString() ?? null,
          changed_at: change.changed_at.toISOString(),
        })),
      },
      table: {
        head: ['when', 'kid', 'owner', 'purpose', 'state', 'tenants', 'until', 'who', 'why'],
        rows: history.map((change) => [
          change.changed_at.toISOString(),
          change.kid,
          change.owner,
          change.purpose,
          change.state,
          cell(change.domain),
          dateCell(change.not_after),
          change.actor ?? '-',
          change.reason ?? '-',
        ]),
      },
      lines: [],
      exitCode: EXIT.ok,
    };
  },
});

function described(row: ListedKey) {
  return {
    owner: row.owner,
    purpose: row.purpose,
    kid: row.kid,
    state: row.state,
    tenants: row.domain,
    not_before: row.not_before?.toISOString() ?? null,
    not_after: row.not_after?.toISOString() ?? null,
    source: row.source,
    signer_uri: row.signer_uri,
    reason: row.reason,
    updated_at: row.updated_at.toISOString(),
  };
}
