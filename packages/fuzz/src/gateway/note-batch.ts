import type { Judged } from './check-answer.ts';
import type { Ledger } from './ledger.ts';
import type { Expectation } from './oracle.ts';

interface Result {
  readonly event_id: string | null;
  readonly status: 'accepted' | 'duplicate' | 'rejected';
  readonly error_code?: string;
}

/** Compares the results of a batch with what was due for each item, and notes what was accepted. Null: all is well. */
export function noteBatch(ledger: Ledger, expectation: Expectation, judged: Judged): string | null {
  if (expectation.items === undefined) return null;
  const results = judged.body.results as readonly Result[] | undefined;
  if (results?.length !== expectation.items.length) return 'as many results as items were due';
  const counts = { accepted: 0, duplicate: 0, rejected: 0 };
  for (const [index, { outcomes, eventKey, finding }] of expectation.items.entries()) {
    const result = results[index];
    if (result === undefined || counts[result.status] === undefined) return `item ${index} has no status`;
    counts[result.status] += 1;
    const code = result.error_code ?? 'no code';
    const known = eventKey !== null && ledger.events.has(eventKey);
    const outcome = result.status === 'rejected' ? code : 'accepted';
    const isConflict = known && code === 'event_conflict';
    if (!outcomes.includes(outcome) && !isConflict)
      return `item ${index}: ${outcome} where ${outcomes} was due`;
    if (result.status === 'rejected' || eventKey === null) continue;
    if (!eventKey.endsWith(`/${result.event_id}`)) return `item ${index} has the id of another`;
    ledger.accept(eventKey, judged.requestId, result.status === 'duplicate', finding);
  }
  const { accepted, duplicates, rejected } = judged.body;
  const told = [accepted, duplicates, rejected].join();
  return told === Object.values(counts).join() ? null : `the sums are ${told}`;
}
