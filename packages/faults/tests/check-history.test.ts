import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { checkHistory, type Violation } from '../src/check-history.ts';
import { type Attempt, type History, newHistory } from '../src/history.ts';
import type { AuditRow, Ledger } from '../src/ledger.ts';

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };
type Rows = {
  -readonly [Key in keyof Ledger]: Ledger[Key] extends readonly (infer Row)[] ? Mutable<Row>[] : Ledger[Key];
};
interface Forged {
  readonly history: History;
  readonly ledger: Rows;
  readonly earlier: Map<number, string>;
}

const names = { tenantId: 'tenant', operatorId: 'operator', identity: 'agent' };

function auditRow(sequence: number, requestId: string, code: string): Mutable<AuditRow> {
  const entry = JSON.stringify({ action: 'telemetry', code, request_id: requestId, sequence, v: 1 });
  return { sequence, requestId, code, action: 'telemetry', entry, leafHash: leafOf(entry) };
}

function leafOf(entry: string): string {
  return createHash('sha256').update(Buffer.of(0)).update(entry).digest('hex');
}

function attempt(eventId: string, n: number, answer: Attempt['answer']): Attempt {
  const replay = false;
  return {
    eventId,
    nonce: `nonce-${n}`,
    bodySha256: `body-${n}`,
    replay,
    severity: 'high',
    over: true,
    answer,
  };
}

const accepted = (requestId: string, duplicate = false) => ({
  status: 202,
  code: null,
  requestId,
  duplicate,
});

const refusal = (status: number, code: string) => ({ status, code, requestId: 'r4', duplicate: null });

/** True: `a` was accepted; its retry was a duplicate; `b` was stored and never answered; `c` refused with 503. */
function truth(): Forged {
  const history = newHistory(names);
  history.attempts.push(
    attempt('a', 1, accepted('r1')),
    attempt('a', 2, accepted('r2', true)),
    attempt('b', 3, null),
    attempt('c', 4, { status: 503, code: 'service_unavailable', requestId: 'r4', duplicate: null }),
  );
  const { tenantId, operatorId, identity } = names;
  const event = { tenantId, operatorId, severity: 'high', eventType: 'X' };
  const evidence = { tenantId, identity, endpoint: 'telemetry' };
  const finding = { tenantId, operatorId };
  const audit = [
    auditRow(0, 'r1', 'accepted'),
    auditRow(1, 'r2', 'duplicate'),
    auditRow(2, 'r3', 'accepted'),
  ];
  const ledger: Rows = {
    events: [
      { ...event, eventId: 'a', requestId: 'r1' },
      { ...event, eventId: 'b', requestId: 'r3' },
    ],
    evidence: [
      { ...evidence, requestId: 'r1', nonce: 'nonce-1', bodySha256: 'body-1' },
      { ...evidence, requestId: 'r3', nonce: 'nonce-3', bodySha256: 'body-3' },
    ],
    findings: [
      { ...finding, findingId: 'fnd-a', eventId: 'a' },
      { ...finding, findingId: 'fnd-b', eventId: 'b' },
    ],
    audit,
    auditSize: 3,
    nonces: [1, 2, 3].map((n) => ({ identity, nonce: `nonce-${n}`, requestId: `r${n}` })),
  };
  return { history, ledger, earlier: new Map(audit.slice(0, 2).map((row) => [row.sequence, row.leafHash])) };
}

function reseal(row: Mutable<AuditRow>, change: Partial<AuditRow>): void {
  Object.assign(row, auditRow(row.sequence, change.requestId ?? row.requestId, change.code ?? row.code));
}

function at<Value>(rows: readonly Value[], index: number): Value {
  const row = rows[index];
  if (row === undefined) throw new Error(`the forged history has no row ${index}`);
  return row;
}

const forgeries: readonly [string, Violation['rule'], (forged: Forged) => void][] = [
  [
    'an acknowledged event is gone, with all that belongs to it',
    'acknowledged-lost',
    ({ ledger }) => {
      ledger.events.shift();
      ledger.evidence.shift();
      ledger.findings.shift();
    },
  ],
  [
    'an event that was only a duplicate is gone',
    'acknowledged-lost',
    ({ history }) => history.attempts.push(attempt('z', 9, accepted('r2', true))),
  ],
  [
    'a new event is acknowledged under another request than it is stored under',
    'acknowledged-lost',
    ({ history }) => {
      at(history.attempts, 0).answer = accepted('r9');
    },
  ],
  ['a spooled event never arrived', 'acknowledged-lost', ({ history }) => history.promised.add('never')],
  ['two rows of one event', 'stored-twice', ({ ledger }) => ledger.events.push({ ...at(ledger.events, 0) })],
  [
    'an event is answered as new twice',
    'stored-twice',
    ({ history }) => {
      at(history.attempts, 1).answer = accepted('r2');
    },
  ],
  ['an event without evidence', 'half-visible', ({ ledger }) => ledger.evidence.pop()],
  ['evidence without an event', 'half-visible', ({ ledger }) => ledger.events.pop()],
  [
    'a finding without an event',
    'half-visible',
    ({ ledger }) => ledger.findings.push({ ...at(ledger.findings, 0), eventId: 'x', findingId: 'fnd-x' }),
  ],
  ['a high event without its finding', 'half-visible', ({ ledger }) => ledger.findings.pop()],
  [
    'a failure without its finding',
    'half-visible',
    ({ ledger }) => {
      Object.assign(at(ledger.events, 1), { severity: 'low', eventType: 'login_failed' });
      ledger.findings.pop();
    },
  ],
  [
    'an entry that accepts what is not stored',
    'half-visible',
    ({ ledger }) => {
      ledger.audit.push(auditRow(3, 'r9', 'accepted'));
      ledger.auditSize = 4;
    },
  ],
  ['an event that nobody sent', 'invented', ({ history }) => history.attempts.splice(2, 1)],
  [
    'evidence with other bytes than were sent',
    'invented',
    ({ ledger }) => {
      at(ledger.evidence, 0).bodySha256 = 'other';
    },
  ],
  [
    'evidence under another nonce than was sent',
    'invented',
    ({ ledger }) => {
      at(ledger.evidence, 0).nonce = 'nonce-2';
    },
  ],
  [
    'an event of another tenant',
    'invented',
    ({ ledger }) => {
      at(ledger.events, 1).tenantId = 'somebody';
      at(ledger.evidence, 1).tenantId = 'somebody';
      at(ledger.findings, 1).tenantId = 'somebody';
    },
  ],
  [
    'a nonce that was answered 2xx twice',
    'nonce-accepted-twice',
    ({ history }) => history.attempts.push({ ...at(history.attempts, 0), answer: accepted('r2', true) }),
  ],
  [
    'two pieces of evidence under one nonce',
    'nonce-accepted-twice',
    ({ ledger }) => {
      at(ledger.evidence, 1).nonce = 'nonce-1';
    },
  ],
  [
    'a living nonce that was claimed again',
    'nonce-accepted-twice',
    ({ ledger }) => {
      at(ledger.nonces, 0).requestId = 'r2';
    },
  ],
  [
    'an answer of 500',
    'wrong-answer',
    ({ history }) => {
      at(history.attempts, 3).answer = refusal(500, 'internal_error');
    },
  ],
  [
    'a conflict of an event with itself',
    'wrong-answer',
    ({ history }) => {
      at(history.attempts, 2).answer = refusal(409, 'event_conflict');
    },
  ],
  [
    'a nonce that was never sent before is called a replay',
    'wrong-answer',
    ({ history }) => {
      at(history.attempts, 3).answer = refusal(409, 'replay_detected');
    },
  ],
  [
    'a nonce that is burnt although its sender was put off',
    'nonce-burnt',
    ({ ledger }) => {
      ledger.nonces.push({ identity: 'agent', nonce: 'nonce-4', requestId: 'r4' });
      ledger.audit.push(auditRow(3, 'r4', 'accepted'));
      ledger.auditSize = 4;
    },
  ],
  [
    'an event that is stored although its sender was put off',
    'nonce-burnt',
    ({ history }) => {
      at(history.attempts, 2).answer = refusal(503, 'service_unavailable');
    },
  ],
  ['an entry is missing in the middle', 'audit-gap', ({ ledger }) => ledger.audit.splice(1, 1)],
  ['the first entry is missing', 'audit-gap', ({ ledger }) => ledger.audit.shift()],
  ['the newest entry is missing', 'audit-gap', ({ ledger }) => ledger.audit.pop()],
  [
    'the head is behind the log',
    'audit-gap',
    ({ ledger }) => {
      ledger.auditSize = 2;
    },
  ],
  [
    'the log was cut back, and its head with it',
    'audit-gap',
    ({ ledger }) => {
      ledger.audit.splice(1);
      ledger.auditSize = 1;
    },
  ],
  ['a sequence twice', 'audit-fork', ({ ledger }) => ledger.audit.splice(1, 0, { ...at(ledger.audit, 0) })],
  [
    'an entry that was rewritten, with its leaf',
    'audit-fork',
    ({ ledger }) => reseal(at(ledger.audit, 1), { code: 'accepted' }),
  ],
  [
    'a leaf that is not of its entry',
    'audit-fork',
    ({ ledger }) => {
      at(ledger.audit, 2).leafHash = at(ledger.audit, 1).leafHash;
    },
  ],
  [
    'an entry that says another number',
    'audit-fork',
    ({ ledger }) => {
      const { entry, leafHash } = auditRow(7, 'r3', 'accepted');
      Object.assign(at(ledger.audit, 2), { entry, leafHash });
    },
  ],
  [
    'a column that contradicts its entry',
    'audit-fork',
    ({ ledger }) => {
      at(ledger.audit, 2).code = 'duplicate';
    },
  ],
  [
    'an entry that is no JSON',
    'audit-fork',
    ({ ledger }) => {
      Object.assign(at(ledger.audit, 2), { entry: '{', leafHash: leafOf('{') });
    },
  ],
  [
    'an acknowledged request without its entry, and no gap',
    'audit-missing',
    ({ ledger }) => reseal(at(ledger.audit, 1), { requestId: 'r8' }),
  ],
  [
    'a stored event without its entry, and no gap',
    'audit-missing',
    ({ ledger }) => {
      ledger.audit.pop();
      ledger.auditSize = 2;
    },
  ],
  [
    'a nonce that was burnt without an entry',
    'audit-missing',
    ({ ledger }) => ledger.nonces.push({ identity: 'agent', nonce: 'nonce-4', requestId: 'r4' }),
  ],
];

describe('the history checker', () => {
  test('has nothing to say about a true history', () => {
    const { history, ledger, earlier } = truth();
    expect(checkHistory(history, ledger, earlier)).toEqual([]);
  });

  test('lets a nonce that was swept be gone', () => {
    const { history, ledger, earlier } = truth();
    ledger.nonces.length = 0;
    expect(checkHistory(history, ledger, earlier)).toEqual([]);
  });

  test('lets the same bytes be refused as a replay, and a clock be another one', () => {
    const { history, ledger, earlier } = truth();
    history.attempts.push({
      ...at(history.attempts, 0),
      replay: true,
      answer: refusal(409, 'replay_detected'),
    });
    history.attempts.push(attempt('d', 5, refusal(401, 'timestamp_out_of_window')));
    expect(checkHistory(history, ledger, earlier)).toEqual([]);
  });

  test.each(forgeries)('rejects: %s', (_name, rule, forge) => {
    const forged = truth();
    forge(forged);
    const found = checkHistory(forged.history, forged.ledger, forged.earlier).map((one) => one.rule);
    expect(found).toContain(rule);
  });
});
