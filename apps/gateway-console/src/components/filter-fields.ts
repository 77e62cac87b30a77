import type { FieldFault } from '../api/refusal.ts';
import type { SearchText } from '../shell/search.ts';
import { localTime, readTime } from './format-time.ts';

export interface FilterField {
  /** The parameter's name, in the address and at the API. */
  readonly name: string;
  readonly label: string;
  /** `time`: a point of time, in the reader's zone; the address has it in UTC. */
  readonly kind?: 'text' | 'select' | 'time';
  /** For `select`: the values; the first choice is always "any". */
  readonly options?: readonly { readonly value: string; readonly label: string }[];
  readonly placeholder?: string;
}

/** What the control shows for what the address says. What is no time is shown as it is, with its fault beside it. */
export function shownValue(field: FilterField, value: string): string {
  if (field.kind !== 'time') return value;
  const at = readTime(value);
  return at === null ? value : localTime(at);
}

/** What the address says for what was typed; a text that is no time stays, so that the fault is said beside it. */
export function typedValue(field: FilterField, typed: string): string {
  const text = typed.trim();
  if (field.kind !== 'time' || text === '') return text;
  const at = readTime(text.replace(' ', 'T'));
  return at === null ? text : at.toISOString().replace('.000Z', 'Z');
}

/** Faults that need no gateway to see. */
export function ownFaults(fields: readonly FilterField[], values: SearchText): readonly FieldFault[] {
  const faults: FieldFault[] = [];
  for (const field of fields.filter(({ kind }) => kind === 'time')) {
    const value = values[field.name];
    if (value !== undefined && readTime(value) === null) {
      faults.push({ field: field.name, message: 'Write a date and time like 2026-01-31 08:00.' });
    }
  }
  const from = values.from === undefined ? null : readTime(values.from);
  const to = values.to === undefined ? null : readTime(values.to);
  if (from !== null && to !== null && from >= to) {
    faults.push({ field: 'to', message: 'The end must be later than the beginning.' });
  }
  return faults;
}
