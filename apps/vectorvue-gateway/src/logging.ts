import { createRequire } from 'node:module';
import type { LogLevel } from './config/gateway-config.ts';

/**
 * JSON lines on stderr; stdout belongs to the ready line and to command output. Callers pass facts by name:
 * `request_id` on every line of a request, `class: 'security'` for signature, mapping, replay and pin
 * failures. Never a body, never a header value that a peer chose freely, never a key.
 */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  isDebug(): boolean;
}

export type LogFields = Readonly<
  Record<string, string | number | boolean | null | readonly string[] | undefined>
>;

const load = createRequire(import.meta.url);

/** `always`: on every line, for example which worker says it. The library is loaded by the first logger: most commands need none. */
export function createLogger(
  level: LogLevel,
  output: NodeJS.WritableStream = process.stderr,
  always: LogFields = {},
): Logger {
  const winston = load('winston') as typeof import('winston');
  const inner = winston.createLogger({
    level,
    defaultMeta: always,
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Stream({ stream: output })],
  });
  // Whoever read the log has gone; that must not end the gateway.
  output.on('error', () => undefined);
  const at =
    (severity: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      inner.log({ ...fields, level: severity, message: event });
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    isDebug: () => inner.isDebugEnabled(),
  };
}

/**
 * What may be said about a fault: its name, its code and where it was thrown. Not its message alone without
 * thought: a driver's message can quote a value, so values in quotes are taken out.
 */
export function describeFault(fault: unknown): LogFields {
  if (!(fault instanceof Error)) return { fault: typeof fault };
  const code = (fault as { code?: unknown }).code;
  return {
    fault: fault.name,
    fault_code: typeof code === 'string' ? code : null,
    fault_message: fault.message.replaceAll(/"[^"]*"|'[^']*'/g, '…').slice(0, 300),
    fault_at: (fault.stack ?? '')
      .split('\n')
      .slice(1, 6)
      .map((line) => line.trim().replace(/\(?(?:file:\/\/)?\/[^)]*\//, '(')),
  };
}
