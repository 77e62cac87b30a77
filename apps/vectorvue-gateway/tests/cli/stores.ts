import { afterAll, beforeAll } from '@jest/globals';
import { commandSocketPath, startCommandSocket } from '../../src/cli/command-socket.ts';
import { describeStores, type TestStore } from '../trust/stores.ts';
import { type Finished, runCommand } from './run-command.ts';

export type Run = (...argv: readonly string[]) => Promise<Finished>;

/**
 * The same command lines on PostgreSQL, which they reach by themselves, and on the embedded database, which they
 * reach through the socket of the process that holds it.
 */
export function describeCommands(name: string, tests: (run: Run, store: () => TestStore) => void): void {
  describeStores(name, (store, kind) => {
    if (kind === 'embedded') {
      let socket: { close(): Promise<void> } | null = null;
      beforeAll(async () => {
        const { db, dataDir } = store();
        const context = { db, now: () => Date.now() };
        socket = await startCommandSocket({ path: commandSocketPath(dataDir), context });
      });
      afterAll(() => socket?.close());
    }
    tests((...argv) => runCommand(store().environment, argv), store);
  });
}
