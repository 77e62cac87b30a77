import { formatVerifierKey, NOTE_ED25519 } from '@nyxera/federation-protocol';
import { z } from 'zod';
import { readLogKeys } from '../../audit/log-keys.ts';
import type { StoredCheckpoint } from '../../audit/log-reader.ts';
import { LAST_CHECKPOINT } from '../../store/sql/integrate-audit.ts';
import { CommandRefused, storeCommand } from '../command.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';

export const auditKey = storeCommand({
  name: 'audit key',
  readOnly: true,
  input: z.strictObject({}),
  register: (program, submit) => {
    defineCommand(program, 'audit key', {
      summary: 'the verifier keys of the log, to be handed to whoever checks it',
      example: 'audit key',
    }).action((options) => submit('audit key', {}, options));
  },
  run: async ({ db }) => {
    const [checkpoint] = await db.query<StoredCheckpoint>(LAST_CHECKPOINT);
    if (checkpoint === undefined) {
      throw new CommandRefused(
        'no_checkpoint',
        'nothing has been signed over the log, so it has no name yet',
      );
    }
    const name = checkpoint.origin;
    const audit = (await readLogKeys(db)).filter(({ purpose }) => purpose === 'audit');
    const keys = audit.map(({ kid, state, key }) => ({
      kid,
      state,
      verifier_key: formatVerifierKey({ name, type: NOTE_ED25519, key }),
    }));
    return {
      json: { ok: true, log: name, keys },
      table: {
        head: ['kid', 'state', 'verifier key'],
        rows: keys.map(({ kid, state, verifier_key }) => [kid, state, verifier_key]),
      },
      lines: [],
      exitCode: EXIT.ok,
    };
  },
});
