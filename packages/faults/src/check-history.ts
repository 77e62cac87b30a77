import { checkAnswers } from './check-answers.ts';
import { checkAudit } from './check-audit.ts';
import type { Attempt, History } from './history.ts';
import type { EventRow, Ledger } from './ledger.ts';

export interface Violation {
  readonly rule:
    | 'acknowledged-lost'
    | 'stored-twice'
    | 'invented'
    | 'half-visible'
    | 'nonce-accepted-twice'
    | 'nonce-burnt'
    | 'wrong-answer'
    | 'audit-gap'
    | 'audit-fork'
    | 'audit-missing';
  readonly detail: string;
}

/** Both endpoints that store events: singly and in batches. */
const TELEMETRY = 'telemetry';
/** Answers that mean: what you sent is stored, durably. */
const isAcceptance = (attempt: Attempt): boolean =>
  attempt.answer !== null && attempt.answer.status >= 200 && attempt.answer.status < 300;

/**
 * Decides whether a history and the tables can both be true. Pure: what it needs it is given. `earlier` is the
 * audit log as a former check saw it (sequence to leaf hash); a log that forgets or rewrites it has forked.
 */
export function checkHistory(
  history: History,
  ledger: Ledger,
  earlier: ReadonlyMap<number, string> = new Map(),
): readonly Violation[] {
  return [
    ...checkAcknowledged(history, ledger),
    ...checkWhole(ledger),
    ...checkOrigin(history, ledger),
    ...checkNonces(history, ledger),
    ...checkAnswers(history, ledger),
    ...checkAudit(ledger, earlier),
    ...checkAudited(history, ledger),
  ];
}

/** Every acknowledged event is stored, and stored once. */
function* checkAcknowledged(history: History, ledger: Ledger): Generator<Violation> {
  const copies = new Map<string, EventRow[]>();
  for (const row of ledger.events) {
    const list = copies.get(row.eventId);
    if (list === undefined) copies.set(row.eventId, [row]);
    else list.push(row);
  }
  for (const [eventId, rows] of copies) {
    if (rows.length > 1) yield { rule: 'stored-twice', detail: `event ${eventId} has ${rows.length} rows` };
  }
  const fresh = new Map<string, string>();
  for (const attempt of history.attempts.filter(isAcceptance)) {
    const { eventId, answer } = attempt;
    const row = copies.get(eventId)?.[0];
    if (row === undefined) {
      yield { rule: 'acknowledged-lost', detail: `event ${eventId} was answered 2xx and is not stored` };
      continue;
    }
    if (answer?.duplicate !== false) continue;
    const before = fresh.get(eventId);
    if (before !== undefined) {
      yield { rule: 'stored-twice', detail: `event ${eventId} was answered as new twice` };
    }
    fresh.set(eventId, answer.requestId ?? '');
    if (row.requestId !== answer.requestId) {
      yield {
        rule: 'acknowledged-lost',
        detail: `event ${eventId} was answered as new under another request`,
      };
    }
  }
  for (const eventId of history.promised) {
    if (!copies.has(eventId)) {
      yield { rule: 'acknowledged-lost', detail: `event ${eventId} was spooled for good and is not stored` };
    }
  }
}

/** Nothing is there by halves: event, evidence and finding stand or fall together. */
function* checkWhole(ledger: Ledger): Generator<Violation> {
  const evidence = new Set(ledger.evidence.map((row) => `${row.tenantId} ${row.requestId}`));
  const events = new Set(ledger.events.map((row) => `${row.tenantId} ${row.requestId}`));
  const keys = new Set(ledger.events.map((row) => `${row.tenantId} ${row.operatorId} ${row.eventId}`));
  const findings = new Set(
    ledger.findings.map((row) => `${row.tenantId} ${row.operatorId} ${row.eventId} ${row.findingId}`),
  );
  for (const row of ledger.events) {
    if (!evidence.has(`${row.tenantId} ${row.requestId}`)) {
      yield { rule: 'half-visible', detail: `event ${row.eventId} has no evidence` };
    }
    const finding = `${row.tenantId} ${row.operatorId} ${row.eventId} fnd-${row.eventId}`;
    if (isFinding(row) && !findings.has(finding)) {
      yield { rule: 'half-visible', detail: `event ${row.eventId} should be a finding and is none` };
    }
  }
  for (const row of ledger.evidence) {
    if (row.endpoint.startsWith(TELEMETRY) && !events.has(`${row.tenantId} ${row.requestId}`)) {
      yield { rule: 'half-visible', detail: `evidence ${row.requestId} has no event` };
    }
  }
  for (const row of ledger.findings) {
    if (!keys.has(`${row.tenantId} ${row.operatorId} ${row.eventId}`)) {
      yield { rule: 'half-visible', detail: `finding ${row.findingId} has no event` };
    }
  }
}

/** PROTOCOL.md section 12, said again here so that the gateway's own reading of it is not trusted. */
function isFinding(row: EventRow): boolean {
  return (
    row.severity === 'high' || row.severity === 'critical' || row.eventType.toUpperCase().includes('FAIL')
  );
}

/** What is stored was sent: this event, by this client, in exactly these bytes, under this nonce. */
function* checkOrigin(history: History, ledger: Ledger): Generator<Violation> {
  const sent = new Set(history.attempts.map((a) => `${a.eventId} ${a.nonce} ${a.bodySha256}`));
  const evidence = new Map(ledger.evidence.map((row) => [row.requestId, row]));
  for (const row of ledger.events) {
    const stored = evidence.get(row.requestId);
    if (row.tenantId !== history.tenantId || row.operatorId !== history.operatorId) {
      yield { rule: 'invented', detail: `event ${row.eventId} belongs to somebody else` };
    }
    if (stored === undefined || history.promised.has(row.eventId)) continue;
    if (!sent.has(`${row.eventId} ${stored.nonce} ${stored.bodySha256}`)) {
      yield { rule: 'invented', detail: `event ${row.eventId} is stored with bytes that were never sent` };
    }
  }
}

function* checkNonces(history: History, ledger: Ledger): Generator<Violation> {
  const accepted = new Set<string>();
  for (const { nonce } of history.attempts.filter(isAcceptance)) {
    if (accepted.has(nonce)) {
      yield { rule: 'nonce-accepted-twice', detail: `nonce ${nonce} was answered 2xx twice` };
    }
    accepted.add(nonce);
  }
  const inEvidence = new Set<string>();
  for (const row of ledger.evidence) {
    const key = `${row.identity} ${row.nonce}`;
    if (inEvidence.has(key))
      yield { rule: 'nonce-accepted-twice', detail: `two evidence rows under ${row.nonce}` };
    inEvidence.add(key);
  }
  const claims = new Map(ledger.nonces.map((row) => [`${row.identity} ${row.nonce}`, row.requestId]));
  for (const row of ledger.evidence) {
    // A nonce that expired and was swept is gone; one that is there must be claimed by what was accepted under it.
    const claim = claims.get(`${row.identity} ${row.nonce}`);
    if (claim !== undefined && claim !== row.requestId) {
      yield { rule: 'nonce-accepted-twice', detail: `nonce ${row.nonce} was claimed again while it lived` };
    }
  }
}

/** Every decision has its entry: what was answered, what was stored, and what a nonce was burnt for. */
function* checkAudited(history: History, ledger: Ledger): Generator<Violation> {
  const codes = new Map<string, Set<string>>();
  for (const { requestId, code } of ledger.audit) {
    const known = codes.get(requestId);
    if (known === undefined) codes.set(requestId, new Set([code]));
    else known.add(code);
  }
  for (const { answer } of history.attempts.filter(isAcceptance)) {
    const wanted = answer?.duplicate === true ? 'duplicate' : 'accepted';
    if (codes.get(answer?.requestId ?? '')?.has(wanted) !== true) {
      yield { rule: 'audit-missing', detail: `answer ${answer?.requestId ?? '?'} has no entry "${wanted}"` };
    }
  }
  const stored = new Set(ledger.events.map((row) => row.requestId));
  for (const row of ledger.events) {
    if (codes.get(row.requestId)?.has('accepted') !== true) {
      yield { rule: 'audit-missing', detail: `event ${row.eventId} has no entry "accepted"` };
    }
  }
  for (const row of ledger.nonces) {
    if (!codes.has(row.requestId)) {
      yield { rule: 'audit-missing', detail: `nonce ${row.nonce} was claimed without an entry` };
    }
  }
  for (const row of ledger.audit) {
    if (row.action === TELEMETRY && row.code === 'accepted' && !stored.has(row.requestId)) {
      yield { rule: 'half-visible', detail: `entry ${row.sequence} accepts what is not stored` };
    }
  }
}
