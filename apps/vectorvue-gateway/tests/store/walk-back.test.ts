/** Pages of events and findings against what a list sorted in memory says, however few rows a page may look at. */
import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type EventFilters, listConsoleEvents } from '../../src/console/events/list-events.ts';
import { listConsoleFindings } from '../../src/console/events/list-findings.ts';
import { type ReaderScope, transactionAsReader } from '../../src/store/as-reader.ts';
import type { Database } from '../../src/store/database.ts';
import { decodeCursor, type Page } from '../../src/store/read/page.ts';
import { forEachStore } from './stores.ts';

const TENANTS = [1, 2, 3].map((n) => `0000000${n}-0000-4000-8000-000000000000`);
const ROWS = 90;
const pick = <Value>(values: readonly Value[], n: number): Value => values[n % values.length] as Value;

/** Many rows share a moment, as those of one commit do. */
const EVENTS = Array.from({ length: ROWS }, (_, n) => ({
  tenant: pick(TENANTS, n % 7),
  operator: `op-${n % 3}`,
  id: `e-${String(n * 37).padStart(5, '0')}`,
  at: new Date(Date.UTC(2026, 0, 1, 0, 0, Math.floor(n / 8))).toISOString().replace('Z', '000Z'),
  campaign: n < 30 ? 'old' : n === 45 ? 'rare' : 'new',
  severity: pick(['info', 'high', 'critical'], n >> 1),
  techniques: n % 5 === 0 ? ['T1059.001', 'T1046'] : ['T1190'],
  fingerprint: pick(['a', 'b', 'c'], n).repeat(64),
  attestation: pick(['d', 'e'], n >> 3).repeat(64),
}));
type Made = (typeof EVENTS)[number];

async function fill(db: Database): Promise<void> {
  for (const [n, made] of EVENTS.entries()) {
    const { tenant, operator, id, at, campaign, severity, techniques, fingerprint, attestation } = made;
    await db.query(
      {
        name: 'test-walk-event',
        text: `INSERT INTO events (tenant_id, operator_id, event_id, request_id, evidence_index, campaign_id, event_type,
          source_system, severity, observed_at_text, observed_at, observed_at_assumed, techniques, tactics, execution_hash,
          attestation_measurement_hash, attestation_synthetic, content_hash, accepted_at)
        VALUES ($1, $2, $3, gen_random_uuid(), 0, $4, 'SCAN', 'nmap', $5, $6::text, $6::timestamptz, false, $7, '{}', $8, $9, false, '', $6::timestamptz)`,
      },
      [tenant, operator, id, campaign, severity, at, techniques, fingerprint, attestation],
    );
    if (severity === 'info') continue;
    await db.query(
      {
        name: 'test-walk-finding',
        text: `INSERT INTO findings (tenant_id, operator_id, finding_id, event_id, campaign_id, severity, status, first_seen,
          last_seen, execution_fingerprint, attestation_measurement_hash)
        VALUES ($1, $2, 'fnd-' || $3::text, $3::text, $4, $5, $6, $7::timestamptz, $7::timestamptz, $8, $9)`,
      },
      [
        tenant,
        operator,
        id,
        campaign,
        severity,
        n % 4 === 0 ? 'closed' : 'open',
        at,
        fingerprint,
        attestation,
      ],
    );
  }
}

const maybe = <Value>(...values: Value[]) => fc.option(fc.constantFrom(...values), { nil: null });
const filters: fc.Arbitrary<EventFilters> = fc.record({
  campaign: maybe('old', 'rare', 'new', 'none'),
  operator: maybe('op-0', 'op-2'),
  severity: maybe('high', 'critical'),
  technique: maybe('T1059', 'T1059.001', 'T1190', 'T9999'),
  fingerprint: maybe('a'.repeat(64), 'f'.repeat(64)),
  attestation: maybe('d'.repeat(64)),
  from: maybe('2026-01-01T00:00:02.000000Z'),
  to: maybe('2026-01-01T00:00:08.000000Z', '2026-01-01T00:00:02.000001Z'),
});
const scopes: fc.Arbitrary<ReaderScope> = fc.constantFrom<ReaderScope>(
  'all-tenants',
  TENANTS.slice(0, 1),
  TENANTS.slice(1),
  ['99999999-0000-4000-8000-000000000000'],
  [],
);
/** A clock that a page runs out of at once, after some looks, or never. */
const clocks = fc.constantFrom(100, 20, 0);
const far = fc.record({ first: fc.integer({ min: 1, max: 20 }), next: fc.integer({ min: 1, max: 40 }) });

function matches(made: Made, wanted: EventFilters, scope: ReaderScope): boolean {
  const is = (value: string, asked: string | null) => asked === null || value === asked;
  return (
    (scope === 'all-tenants' || scope.includes(made.tenant)) &&
    is(made.campaign, wanted.campaign) &&
    is(made.operator, wanted.operator) &&
    is(made.severity, wanted.severity) &&
    is(made.fingerprint, wanted.fingerprint) &&
    is(made.attestation, wanted.attestation) &&
    made.techniques.some(
      (used) =>
        wanted.technique === null || used === wanted.technique || used.startsWith(`${wanted.technique}.`),
    ) &&
    (wanted.from === null || made.at >= wanted.from) &&
    (wanted.to === null || made.at < wanted.to)
  );
}

function expected(
  wanted: EventFilters,
  scope: ReaderScope,
  more: (made: Made, n: number) => boolean,
): string[] {
  return EVENTS.filter((made, n) => matches(made, wanted, scope) && more(made, n))
    .map((made) => `${made.at} ${made.tenant} ${made.operator} ${made.id}`)
    .sort()
    .reverse();
}

/** All pages of a list. Each must bring it further, or it never ends. */
async function allPages<Row>(
  read: (after: readonly string[] | null) => Promise<Page<Row>>,
  limit: number,
): Promise<Row[]> {
  const rows: Row[] = [];
  let after: readonly string[] | null = null;
  let before = '';
  for (;;) {
    const page: Page<Row> = await read(after);
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    rows.push(...page.rows);
    if (page.next === null) return rows;
    expect(page.next).not.toBe(before);
    before = page.next;
    after = decodeCursor(page.next, 4);
  }
}

forEachStore('lists by time', (store) => {
  beforeAll(() => fill(store().db));

  test('pages of events and of findings are together what matches, in order, each once', async () => {
    const reader = await store().another('read');
    await fc.assert(
      fc.asyncProperty(
        filters,
        scopes,
        fc.integer({ min: 1, max: 60 }),
        clocks,
        far,
        async (wanted, scope, limit, step, rows) => {
          let at = 0;
          const now = () => (at += step);
          const events = await allPages(
            (after) =>
              transactionAsReader(reader, scope, (tx) =>
                listConsoleEvents(tx, { ...wanted, scope, after, limit }, now, rows),
              ),
            limit,
          );
          expect(
            events.map((row) => `${row.accepted_at} ${row.tenant_id} ${row.operator_id} ${row.event_id}`),
          ).toEqual(expected(wanted, scope, () => true));
          const findings = await allPages(
            (after) =>
              transactionAsReader(reader, scope, (tx) =>
                listConsoleFindings(tx, { ...wanted, status: 'open', scope, after, limit }, now, rows),
              ),
            limit,
          );
          expect(
            findings.map((row) => `${row.last_seen} ${row.tenant_id} ${row.operator_id} ${row.event_id}`),
          ).toEqual(expected(wanted, scope, (made, n) => made.severity !== 'info' && n % 4 !== 0));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('a reader of one tenant finds nothing of another, whatever the query says', async () => {
    const reader = await store().another('read');
    const query = {
      campaign: null,
      operator: null,
      severity: null,
      technique: null,
      fingerprint: null,
      attestation: null,
    };
    const page = await transactionAsReader(reader, [TENANTS[0] as string], (tx) =>
      listConsoleEvents(
        tx,
        { ...query, from: null, to: null, scope: 'all-tenants', after: null, limit: 500 },
        () => 0,
      ),
    );
    expect(new Set(page.rows.map((row) => row.tenant_id))).toEqual(new Set([TENANTS[0]]));
  });
});
