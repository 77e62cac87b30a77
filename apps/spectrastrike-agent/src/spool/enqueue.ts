import type { DatabaseSync } from 'node:sqlite';
import { canonicalizeCompat } from '@nyxera/federation-protocol';
import { type ChainLink, lastLink, prepareIntentInsert, writeIntent } from './intent-chain.ts';
import { openLane } from './lanes.ts';
import { recordReport } from './reports.ts';
import { differsFromSpooled } from './same-content.ts';
import { growSpool } from './size.ts';
import type { EnqueueResult, LaneKey, NewEvent, ReportRecord } from './types.ts';
import { withIntent } from './write-ahead.ts';

const KNOWN =
  'SELECT seq, payload, campaign_id, content_sha256 FROM events WHERE lane_id = ? AND event_id = ?';
const INSERT = `INSERT INTO events (lane_id, event_id, payload, campaign_id, execution_hash, fingerprint_timestamp,
  attestation_measurement_hash, target_urn, report_sha256, intent_id, spooled_at_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** What became of one event; `changed`: its id is known for other content, which stands. */
export type EnqueueOutcome = 'spooled' | 'known' | 'changed';

/** Within a transaction: the report, and for each event that is new to the lane its intent and its row. */
export function enqueueEvents(
  db: DatabaseSync,
  laneKey: LaneKey,
  report: ReportRecord | null,
  events: Iterable<NewEvent>,
  nowMs: number,
  onOutcome: (outcome: EnqueueOutcome, event: NewEvent, seq: number) => void = () => {},
): EnqueueResult {
  const lane = openLane(db, laneKey);
  if (report !== null) recordReport(db, lane.laneId, report);
  const known = db.prepare(KNOWN);
  const insert = db.prepare(INSERT);
  const insertIntent = prepareIntentInsert(db);
  const changed: string[] = [];
  let link: ChainLink = lastLink(db);
  let spooled = 0;
  let bytes = 0;
  let knownCount = 0;
  for (const event of events) {
    const row = known.get(lane.laneId, event.eventId);
    if (row !== undefined) {
      knownCount += 1;
      const emptied = row.content_sha256 instanceof Uint8Array ? row.content_sha256 : null;
      const spooled = { payload: String(row.payload), campaignId: String(row.campaign_id), emptied };
      const differs = differsFromSpooled(event, spooled);
      if (differs) changed.push(event.eventId);
      onOutcome(differs ? 'changed' : 'known', event, Number(row.seq));
      continue;
    }
    const intent = writeIntent(insertIntent, link, lane, event);
    const payload = canonicalizeCompat(withIntent(event.payload, intent));
    const { lastInsertRowid } = insert.run(
      lane.laneId,
      event.eventId,
      payload,
      event.campaignId,
      event.executionHash,
      event.fingerprintTimestamp,
      event.attestationMeasurementHash,
      event.targetUrn,
      report?.reportSha256 ?? null,
      intent.intentId,
      nowMs,
    );
    link = { sequence: intent.sequence, hash: intent.intentHash };
    spooled += 1;
    onOutcome('spooled', event, Number(lastInsertRowid));
    // Compat text is ASCII: characters are bytes.
    bytes += payload.length;
  }
  growSpool(db, spooled, bytes);
  return { spooled, known: knownCount, changed };
}
