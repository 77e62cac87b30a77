import { createLogger, format, type Logger, transports } from 'winston';
import type { LogLevel } from './config/log-level.ts';

export type { Logger } from 'winston';

/**
 * JSON lines on stderr, so that stdout stays the answer of the command. Callers pass codes and identifiers,
 * never a body, a key or a header: what is not given to the logger cannot leak from it. What a security
 * officer must see carries `class: 'security'`.
 */
export function createAgentLogger(level: LogLevel): Logger {
  return createLogger({
    level,
    format: format.combine(format.timestamp(), format.json()),
    transports: [new transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  });
}
