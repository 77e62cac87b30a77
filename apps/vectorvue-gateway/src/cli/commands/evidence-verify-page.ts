import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { z } from 'zod';
import type { Database } from '../../store/database.ts';
import {
  type AcceptedThing,
  countAccepted,
  type EvidenceCursor,
  findAccepted,
  listAccepted,
  readEvidence,
} from '../../store/read/list-evidence.ts';
import { CommandRefused, storeCommand } from '../command.ts';
import { requireTenantForm } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import {
  type EvidenceVerdict,
  type JudgedEvidence,
  judgeAccepted,
  judgeEvidence,
} from '../judge-evidence.ts';

/** Events or graphs of a page, and bytes of evidence that are in memory at once (one request may be larger). */
const PAGE = 500;
const BYTES_AT_ONCE = 16 * 1024 * 1024;
/** Requests between two breaths: in a running gateway others are waiting. */
const BREATH = 25;

const cursor = z.strictObject({
  kind: z.enum(['events', 'graphs']),
  tenant: z.string().max(64),
  at: z.string().max(64),
  operator: z.string().max(512),
  id: z.string().max(256),
});

const NO_FAULT: ReadonlySet<EvidenceVerdict> = new Set(['valid', 'valid_key_revoked', 'evidence_removed']);

/** What is wrong with one event or graph. */
export interface EvidenceFinding {
  readonly tenant_id: string;
  readonly operator_id: string;
  readonly event_id: string | null;
  readonly request_id: string;
  readonly why: EvidenceVerdict;
}

export interface EvidencePage {
  readonly total: number | null;
  readonly until: string;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly faults: readonly EvidenceFinding[];
  readonly next: EvidenceCursor | null;
}

/** A page of `evidence verify`, checked where the data is. Not a command of its own: it is asked for one after the other. */
export const evidenceVerifyPage = storeCommand({
  name: 'evidence verify-page',
  readOnly: true,
  input: z.strictObject({
    event: z.string().max(256).nullable().default(null),
    tenant: z.string().max(64).nullable().default(null),
    after: cursor.nullable().default(null),
    until: z.string().max(64).nullable().default(null),
  }),
  register: () => undefined,
  run: async ({ db }, { event, tenant, after, until: given }) => {
    const tenantId = tenant === null ? null : requireTenantForm(tenant);
    const counted = given === null ? await countAccepted(db, tenantId) : null;
    const until = given ?? counted?.until ?? '';
    const things =
      event === null ? await nextThings(db, { tenantId, after, until }) : await named(db, tenantId, event);
    const { verdicts, faults } = await judgeAll(db, things);
    const total = event === null ? (counted?.total ?? null) : things.length;
    const page: EvidencePage = {
      total,
      until,
      verdicts,
      faults,
      next: event === null ? cursorOf(things) : null,
    };
    return { json: JSON.parse(JSON.stringify(page)), lines: [], exitCode: EXIT.ok };
  },
});

async function named(
  db: Database,
  tenantId: string | null,
  eventId: string,
): Promise<readonly AcceptedThing[]> {
  const found = await findAccepted(db, tenantId, eventId);
  if (found.length === 0) throw new CommandRefused('event_unknown', 'there is no such event');
  return found;
}

/** Graphs follow where no more events are. */
async function nextThings(
  db: Database,
  query: { tenantId: string | null; after: EvidenceCursor | null; until: string },
): Promise<readonly AcceptedThing[]> {
  if (query.after?.kind !== 'graphs') {
    const events = await listAccepted(db, 'events', { ...query, limit: PAGE });
    if (events.length > 0) return events;
  }
  return listAccepted(db, 'graphs', { ...query, limit: PAGE });
}

function cursorOf(things: readonly AcceptedThing[]): EvidenceCursor | null {
  const last = things.at(-1);
  if (last === undefined) return null;
  const { tenant_id: tenant, accepted_at: at, operator_id: operator } = last;
  return last.event_id === null
    ? { kind: 'graphs', tenant, at, operator, id: last.request_id }
    : { kind: 'events', tenant, at, operator, id: last.event_id };
}

async function judgeAll(
  db: Database,
  things: readonly AcceptedThing[],
): Promise<{ verdicts: Record<string, number>; faults: EvidenceFinding[] }> {
  const verdicts: Record<string, number> = {};
  const faults: EvidenceFinding[] = [];
  for (const requests of portions(things)) {
    const rows = await readEvidence(
      db,
      [...requests.values()].flatMap(([first]) => (first === undefined ? [] : [first])),
    );
    const judged = new Map<string, JudgedEvidence>();
    for (const [index, row] of rows.entries()) {
      if (index > 0 && index % BREATH === 0) await yieldToOthers();
      judged.set(requestKey(row), judgeEvidence(row));
    }
    for (const [key, ofRequest] of requests) {
      for (const thing of ofRequest) {
        const why = judgeAccepted(thing, judged.get(key) ?? null);
        verdicts[why] = (verdicts[why] ?? 0) + 1;
        if (!NO_FAULT.has(why)) faults.push(finding(thing, why));
      }
    }
  }
  return { verdicts, faults };
}

/** By request, so that evidence is opened once, and in portions that fit into memory. */
function* portions(things: readonly AcceptedThing[]): Generator<ReadonlyMap<string, AcceptedThing[]>> {
  const requests = new Map<string, AcceptedThing[]>();
  for (const thing of things) {
    const present = requests.get(requestKey(thing));
    if (present === undefined) requests.set(requestKey(thing), [thing]);
    else present.push(thing);
  }
  let portion = new Map<string, AcceptedThing[]>();
  let bytes = 0;
  for (const [key, ofRequest] of requests) {
    const size = ofRequest[0]?.body_bytes ?? 0;
    if (portion.size > 0 && bytes + size > BYTES_AT_ONCE) {
      yield portion;
      portion = new Map();
      bytes = 0;
    }
    portion.set(key, ofRequest);
    bytes += size;
  }
  if (portion.size > 0) yield portion;
}

function requestKey(row: { readonly tenant_id: string; readonly request_id: string }): string {
  return `${row.tenant_id} ${row.request_id}`;
}

function finding(thing: AcceptedThing, why: EvidenceVerdict): EvidenceFinding {
  const { tenant_id, operator_id, event_id, request_id } = thing;
  return { tenant_id, operator_id, event_id, request_id, why };
}
