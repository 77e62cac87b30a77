import { z } from 'zod';
import { type Cursor, decodeCursor } from '../../store/read/page.ts';
import { WALK_CURSOR_PARTS } from '../../store/read/walk-back.ts';
import { exactText, hex32, moment, tenantId, utcMoment } from '../filters.ts';
import { fieldRefusal, type Refusal } from '../refusal.ts';
import type { EventFilters } from './list-events.ts';

export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export const STATUSES = ['open', 'triaged', 'closed', 'suppressed'] as const;

/** Filters that events and findings have in common. */
export const commonFilters = {
  tenant: tenantId.optional(),
  campaign: exactText(128).optional(),
  operator: exactText(128).optional(),
  severity: z.enum(SEVERITIES, `one of ${SEVERITIES.join(', ')}`).optional(),
  technique: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^T[0-9]{4}(?:\.[0-9]{3})?$/, 'a technique is T1059 or T1059.001')
    .optional()
    .meta({ description: 'A technique without a sub-technique means those as well' }),
  fingerprint: hex32.optional().meta({ description: 'Execution fingerprint (execution_hash)' }),
  attestation: hex32.optional().meta({ description: 'Attestation measurement hash' }),
  from: moment.optional().meta({ description: 'This moment and later' }),
  to: moment.optional().meta({ description: 'Before this moment' }),
};

type Given = { readonly [Name in keyof typeof commonFilters]?: string | undefined };

export type WantedList =
  | { readonly ok: true; readonly filters: EventFilters; readonly after: Cursor | null }
  | Refusal;

/** What a schema cannot know about filters: times that end before they begin, and a cursor of another list. */
export function wantedList(given: Given, after: string | null): WantedList {
  const from = given.from === undefined ? null : utcMoment(given.from);
  const to = given.to === undefined ? null : utcMoment(given.to);
  if (from !== null && to !== null && from >= to) {
    return fieldRefusal('filter_invalid', 'to', 'ends before it begins');
  }
  const cursor = after === null ? null : listCursor(after);
  if (cursor === 'other') return fieldRefusal('filter_invalid', 'after', 'is not a cursor of this list');
  return {
    ok: true,
    after: cursor,
    filters: {
      campaign: given.campaign ?? null,
      operator: given.operator ?? null,
      severity: given.severity ?? null,
      technique: given.technique ?? null,
      fingerprint: given.fingerprint ?? null,
      attestation: given.attestation ?? null,
      from,
      to,
    },
  };
}

const CURSOR_TIME = /^\d{4,6}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/;

function listCursor(text: string): Cursor | 'other' {
  const cursor = decodeCursor(text, WALK_CURSOR_PARTS);
  if (cursor?.[0] === undefined || !CURSOR_TIME.test(cursor[0])) return 'other';
  return utcMoment(cursor[0]) === cursor[0] ? cursor : 'other';
}
