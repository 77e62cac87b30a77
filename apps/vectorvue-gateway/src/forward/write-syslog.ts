import type { Level } from '../security/security-events.ts';
import { wellFormed } from './write-json.ts';

/** RFC 5424 section 6.2.1, numerical facilities. */
export const FACILITIES = {
  auth: 4,
  authpriv: 10,
  audit: 13,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;
export type Facility = keyof typeof FACILITIES;

/** RFC 5424 section 6.2.1, numerical severities. */
export const SEVERITY: { readonly [L in Level]: number } = {
  critical: 2,
  high: 3,
  medium: 4,
  low: 5,
  info: 6,
};

export interface SyslogMessage {
  readonly facility: Facility;
  readonly level: Level;
  readonly time: Date;
  readonly hostname: string;
  readonly appName: string;
  readonly msgId: string;
  /** Name and IANA enterprise number of the one structured data element. */
  readonly sdId: string;
  readonly sdParams: readonly (readonly [name: string, value: string])[];
  /** Printable ASCII, as `writeJson` makes it: then no byte order mark is needed (MSG-ANY). */
  readonly message: string;
}

/** RFC 5424 section 6, without framing. Nothing in any member can end the message or begin another one. */
export function writeSyslog(message: SyslogMessage): string {
  const priority = FACILITIES[message.facility] * 8 + SEVERITY[message.level];
  const header = [
    `<${priority}>1`,
    message.time.toISOString(),
    headerToken(message.hostname, 255),
    headerToken(message.appName, 48),
    '-',
    headerToken(message.msgId, 32),
  ].join(' ');
  const params = message.sdParams.map(([name, value]) => ` ${sdName(name)}="${sdValue(value)}"`);
  return `${header} [${message.sdId}${params.join('')}] ${printable(message.message)}`;
}

/** RFC 5425 section 4.3: the length in octets, a space, the message. */
export function frameSyslog(message: string): Buffer {
  const bytes = Buffer.from(message, 'utf8');
  return Buffer.concat([Buffer.from(`${bytes.length} `, 'ascii'), bytes]);
}

/** Structured data is for filtering and must not crowd out the message, which has the values whole. UTF-16 units. */
const MAX_VALUE_UNITS = 256;

/** PRINTUSASCII, or the nil value. */
function headerToken(text: string, maxLength: number): string {
  const token = text.replace(/[^\x21-\x7e]/g, '_').slice(0, maxLength);
  return token === '' ? '-' : token;
}

/** SD-NAME: PRINTUSASCII except `=`, `]`, `"`, at most 32. */
function sdName(text: string): string {
  return headerToken(text.replace(/[=\]"]/g, '_'), 32);
}

/**
 * PARAM-VALUE, RFC 5424 section 6.3.3: `"`, `\` and `]` behind a backslash. It would allow control characters, but
 * many a receiver writes lines: they and what ends a line elsewhere become U+FFFD. The message has them escaped.
 */
function sdValue(text: string): string {
  const kept = text.length > MAX_VALUE_UNITS ? `${text.slice(0, MAX_VALUE_UNITS - 1)}…` : text;
  return wellFormed(kept)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '\ufffd')
    .replace(/["\\\]]/g, (character) => `\\${character}`);
}

/** A caller that did not use `writeJson` still cannot write a second line. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
