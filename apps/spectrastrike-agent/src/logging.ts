import { createRequire } from 'node:module';
import type { Logger } from 'winston';
import type { LogLevel } from './config/log-level.ts';

export type { Logger } from 'winston';

const load = createRequire(import.meta.url);

/**
 * JSON lines on stderr, so that stdout stays the answer of the command. Callers pass codes and identifiers,
 * never a body, a key or a header: what is not given to the logger cannot leak from it. What a security
 * officer must see carries `class: 'security'`. The library is loaded by the first logger: most commands need none.
 */
export function createAgentLogger(level: LogLevel): Logger {
  const { createLogger, format, transports } = load('winston') as typeof import('winston');
  return createLogger({
    level,
    format: format.combine(format.timestamp(), format.json()),
    transports: [new transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  });
}
