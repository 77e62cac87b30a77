import type { ChangeAuthor, TrustResult } from '../trust/trust-change.ts';
import { type CommandContext, CommandRefused, type CommandResult, type JsonLike } from './command.ts';
import { EXIT } from './exit-codes.ts';

export function authorOf(context: CommandContext, reason: string | undefined): ChangeAuthor {
  return { actor: context.actor, reason: reason ?? null, nowMs: context.now() };
}

/** The value of a change, or its refusal as exit code 2. */
export function changed<Value>(result: TrustResult<Value>): Value {
  if (result.ok) return result.value;
  throw new CommandRefused(result.code, result.detail);
}

/** A command that did what it was asked. */
export function done(line: string, json: { readonly [member: string]: JsonLike } = {}): CommandResult {
  return { json: { ok: true, ...json }, lines: [line], exitCode: EXIT.ok };
}

export function yesNo(value: boolean | null): string {
  if (value === null) return '-';
  return value ? 'yes' : 'no';
}

/** For a cell: a list, or what its absence means. */
export function cell(values: readonly string[] | null, none = 'all'): string {
  if (values === null) return none;
  return values.length === 0 ? 'none' : values.join(',');
}

export function dateCell(date: Date | null): string {
  return date === null ? '-' : date.toISOString();
}
