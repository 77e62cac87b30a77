import { expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { COUNT_STATES, countStates } from '../../src/cli/count-known.ts';
import { SeqRanges } from '../../src/spool/seq-ranges.ts';
import { openState } from '../../src/state/open-state.ts';

test('counts by the index of states, lane by lane, and never reads the rows of the spool', () => {
  const directory = temporaryDirectory('count');
  const state = openState(directory.path);
  const insert = state.db.prepare(
    `INSERT INTO events (lane_id, event_id, payload, campaign_id, execution_hash, fingerprint_timestamp,
       attestation_measurement_hash, target_urn, intent_id, state, spooled_at_ms)
     VALUES (?, ?, '{}', 'c', 'h', 't', 'a', 'u', 'i', ?, 0)`,
  );
  state.db.exec(
    "INSERT INTO lanes (gateway, operator_id, tenant_id) VALUES ('g', 'o', 't1'), ('g', 'o', 't2')",
  );
  insert.run(1, 'e1', 'pending');
  insert.run(1, 'e2', 'delivered');
  insert.run(1, 'e3', 'quarantined');
  insert.run(2, 'e4', 'delivered');
  const seqs = new SeqRanges();
  for (const seq of [1, 2, 2, 3, 4, 99]) seqs.add(seq);
  expect([seqs.added, seqs.distinct]).toEqual([6, 5]);
  expect(countStates(state.db, 1, seqs)).toEqual({ pending: 1, delivered: 1, quarantined: 1, dropped: 0 });
  expect(countStates(state.db, 1, new SeqRanges())).toEqual({
    pending: 0,
    delivered: 0,
    quarantined: 0,
    dropped: 0,
  });
  const plan = state.db.prepare(`EXPLAIN QUERY PLAN ${COUNT_STATES}`).all(1, 'pending', 1, 2);
  expect(plan.map((row) => String(row.detail)).join('\n')).toMatch(
    /COVERING INDEX events_by_state \(lane_id=\? AND state=\? AND seq>\? AND seq<\?\)/,
  );
  state.close();
  directory.remove();
});
