import { z } from 'zod';
import { LEVELS, SECURITY_EVENTS } from '../../security/security-events.ts';
import type { RefusalQuery } from '../../store/read/list-refusals.ts';
import { REFUSAL_CURSOR_PARTS } from '../../store/read/list-refusals.ts';
import { type Cursor, decodeCursor } from '../../store/read/page.ts';
import { exactText, moment, tenantId } from '../filters.ts';
import { fieldRefusal, type Refusal } from '../refusal.ts';

export const refusalFilters = {
  tenant: tenantId.optional(),
  code: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,63}$/, 'a code is lower case and underscores')
    .optional(),
  identity: exactText(128).optional(),
  from: moment.optional().meta({ description: 'Recorded then or later' }),
  to: moment.optional().meta({ description: 'Recorded before' }),
};

export const securityFilters = { ...refusalFilters, level: z.enum(LEVELS).optional() };

interface Filters {
  readonly code?: string | undefined;
  readonly level?: (typeof LEVELS)[number] | undefined;
  readonly identity?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** What no schema of one field can know is said beside the field. */
export function toQuery(
  kind: RefusalQuery['kind'],
  filters: Filters,
): { readonly ok: true; readonly value: Omit<RefusalQuery, 'scope'> } | Refusal {
  const { code, level, identity, from, to } = filters;
  if (from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to)) {
    return fieldRefusal('filter_invalid', 'to', 'is not after from');
  }
  const ofLevel = level === undefined ? null : codesOfLevel(level);
  const codes = code === undefined ? ofLevel : (ofLevel ?? [code]).filter((one) => one === code);
  return {
    ok: true,
    value: { kind, codes, actor: identity ?? null, from: from ?? null, to: to ?? null },
  };
}

function codesOfLevel(level: string): readonly string[] {
  return Object.entries(SECURITY_EVENTS)
    .filter(([, event]) => event.level === level)
    .map(([code]) => code);
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** A cursor is made here and comes back through strangers' hands: it is checked like any other input. */
export function readCursor(
  text: string | null,
): { readonly ok: true; readonly value: Cursor | null } | Refusal {
  if (text === null) return { ok: true, value: null };
  const cursor = decodeCursor(text, REFUSAL_CURSOR_PARTS);
  const [time = '', sequence = ''] = cursor ?? [];
  if (cursor !== null && TIME.test(time) && !Number.isNaN(Date.parse(time)) && /^\d{1,15}$/.test(sequence)) {
    return { ok: true, value: cursor };
  }
  return fieldRefusal('filter_invalid', 'after', 'is no cursor of this list');
}
