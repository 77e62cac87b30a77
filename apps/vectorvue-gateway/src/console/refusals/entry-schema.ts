import { ERROR_CODES, type ErrorCode } from '@nyxera/federation-protocol';
import { z } from 'zod';
import { levelOf } from '../../audit/classify.ts';
import { howWritten, STRANGER } from '../../security/how-written.ts';
import { isSecurityCode, LEVELS, SECURITY_EVENTS } from '../../security/security-events.ts';
import { meaningOfConsole, whatToDo } from '../../security/what-to-do.ts';
import type { ListedRefusal } from '../../store/read/list-refusals.ts';

/** A refusal or a security event in a list. What a peer wrote is in `subject`, `operator_id` and `identity`: hostile text. */
export const refusedEntry = z.object({
  sequence: z.number().int().meta({ description: 'In the audit log' }),
  recorded_at: z.string().meta({ format: 'date-time' }),
  class: z.enum(['decision', 'security']),
  code: z.string(),
  level: z.enum(LEVELS),
  action: z.string().meta({ description: 'What was attempted' }),
  identity: z.string().nullable().meta({ description: 'null: nobody vouched for the request' }),
  tenant_id: z.string().nullable().meta({ description: 'null: refused before a tenant was established' }),
  operator_id: z.string().nullable(),
  subject: z.string().nullable().meta({ description: 'Event id, or where in the body it is wrong' }),
  client_address: z.string().nullable(),
  kid: z.string().nullable(),
  peer_sha256: z.string().nullable(),
  request_id: z.string(),
  sampled: z.boolean().meta({ description: 'One of many, perhaps: only some of its kind are written down' }),
});

export function toEntry(row: ListedRefusal): z.input<typeof refusedEntry> {
  const disclosed = JSON.parse(row.disclosure) as Readonly<Record<string, { readonly value?: unknown }>>;
  const value = (member: string): string | null => {
    const found = Object.hasOwn(disclosed, member) ? disclosed[member]?.value : undefined;
    return typeof found === 'string' ? found : null;
  };
  return {
    sequence: row.sequence,
    recorded_at: row.recorded_at,
    class: row.class,
    code: row.code,
    level: levelOf(row.class, row.code),
    action: row.action,
    identity: row.actor === STRANGER ? null : row.actor,
    tenant_id: row.tenant_id,
    operator_id: value('operator_id'),
    subject: value('subject'),
    client_address: value('client_address'),
    kid: row.kid,
    peer_sha256: row.peer_sha256,
    request_id: row.request_id,
    sampled: row.actor === STRANGER,
  };
}

/** What a code means and what to do: words of ours, nothing that a peer sent. */
export const describedCode = z.object({
  code: z.string(),
  title: z.string(),
  http_status: z.number().int().nullable().meta({ description: 'null: no answer has it' }),
  meaning: z.string(),
  what_to_do: z.string(),
  level: z.enum(LEVELS),
  is_security_event: z.boolean(),
  written: z.enum(['each', 'samples', 'never']).meta({ description: 'How much of it is in the audit log' }),
});

export function describeCode(code: string): z.input<typeof describedCode> {
  const known = Object.hasOwn(ERROR_CODES, code) ? ERROR_CODES[code as ErrorCode] : null;
  const event = isSecurityCode(code) ? SECURITY_EVENTS[code] : null;
  return {
    code,
    title: known?.title ?? titleOf(code),
    http_status: known?.httpStatus ?? null,
    meaning:
      known?.meaning ?? event?.meaning ?? meaningOfConsole(code) ?? 'A code that this version does not know.',
    what_to_do: whatToDo(code),
    level: levelOf(event === null ? 'decision' : 'security', code),
    is_security_event: event !== null,
    written: event?.kept === 'metrics' ? 'never' : howWritten(code),
  };
}

function titleOf(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
