import { resolve } from 'node:path';
import { appendSecurityEntry } from '../security-log.ts';
import { DAEMON_LOCK_FILE, takeDirectoryLock, takeDrainLock } from '../spool/directory-lock.ts';
import { backupState, restoreState, type StateCopy } from '../state/backup-state.ts';
import { preparePrivateDirectory } from '../state/private-files.ts';
import { CliFault } from './cli-fault.ts';
import type { CommandSpec } from './command.ts';
import { facts, text } from './command-result.ts';
import { verifyStoredIntents } from './doctor/verify-intents.ts';
import { EXIT_FAULT, EXIT_OK } from './exit-codes.ts';
import { stateConfig, withState } from './with-state.ts';

/** `spool backup FILE`: spool, intents, policy state, keyring and witness; no private key is in it. */
export const spoolBackup: CommandSpec = {
  name: 'backup',
  arguments: '<file>',
  summary: 'Copy spool and state into a new file, also while the agent runs',
  examples: ['spool backup /var/backups/agent-2026-02-26.db'],
  run: async (context, args) => {
    const file = resolve(args[0] ?? '');
    return withState(context, await stateConfig(context), (state) => {
      const copied = backupState(state, file, verifyStoredIntents);
      if (!copied.ok)
        throw new CliFault(EXIT_FAULT, `${copied.detail} (${copied.code}); nothing was written`);
      return {
        blocks: [described(file, copied.value)],
        json: [{ ok: true, file, bytes: copied.value.bytes, intents: copied.value.intents }],
        exitCode: EXIT_OK,
      };
    });
  },
};

/**
 * `spool restore FILE`. What an old spool means: events that were delivered since are sent again, and are duplicates; and the
 * chain of intents forks, because the numbers after the backup are given once more. The fork is written to the security log.
 */
export const spoolRestore: CommandSpec = {
  name: 'restore',
  arguments: '<file>',
  summary: 'Put a backup where the state belongs; the data directory must hold none',
  examples: ['spool restore /var/backups/agent-2026-02-26.db'],
  run: async (context, args) => {
    const file = resolve(args[0] ?? '');
    const config = await stateConfig(context);
    preparePrivateDirectory(config.dataDir);
    const drain = takeDrainLock(config.dataDir);
    const daemon = takeDirectoryLock(config.dataDir, DAEMON_LOCK_FILE);
    try {
      if (drain === null || daemon === null)
        throw new CliFault(EXIT_FAULT, 'an agent runs on this data directory: stop it first');
      const restored = restoreState(config.dataDir, file, verifyStoredIntents);
      if (!restored.ok)
        throw new CliFault(EXIT_FAULT, `${restored.detail} (${restored.code}); nothing was restored`);
      const { intents } = restored.value;
      await withState(context, config, (state) =>
        state.transaction(() =>
          appendSecurityEntry(state.db, {
            atMs: context.now(),
            class: 'delivery',
            code: 'audit_fork_detected',
            detail: `the state was restored from a backup that ends with intent ${intents}: later intents are not known here, and their numbers are given again`,
            tenantId: null,
            ref: null,
          }),
        ),
      );
      return {
        blocks: [
          described(file, restored.value),
          text(
            'What was delivered after the backup is sent again and is answered as a duplicate. Intents after the backup fork from those that the gateway has seen; the security log says where.',
          ),
        ],
        json: [{ ok: true, file, bytes: restored.value.bytes, intents }],
        exitCode: EXIT_OK,
      };
    } finally {
      drain?.release();
      daemon?.release();
    }
  },
};

function described(file: string, { bytes, intents }: StateCopy) {
  return facts(['file', file], ['bytes', String(bytes)], ['intents, verified', String(intents)]);
}
