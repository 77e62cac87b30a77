import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresServer } from '@nyxera/federation-testing';
import { FaultMissed } from './fault-kind.ts';

/** What PostgreSQL itself writes down from now on. */
export function watchServerLog(postgres: PostgresServer): { readonly expect: (words: string) => void } {
  const path = join(postgres.directory, 'postgres.log');
  const from = statSync(path).size;
  return {
    expect: (words) => {
      const since = readFileSync(path).subarray(from).toString('utf8');
      if (!since.includes(words)) throw new FaultMissed(`PostgreSQL did not write "${words}"`);
    },
  };
}
