import { createHash, randomUUID } from 'node:crypto';
import { levelOf } from '../../src/audit/classify.ts';
import type { ForwardEntry, OutgoingRecord } from '../../src/forward/entry.ts';
import { toEntryRecord } from '../../src/forward/to-entry-record.ts';

/** An entry as it is read from the log. */
export function entry(over: Partial<ForwardEntry> = {}): ForwardEntry {
  const sequence = over.sequence ?? 0;
  const auditClass = over.class ?? 'decision';
  const code = over.code ?? 'accepted';
  return {
    sequence,
    id: createHash('sha256').update(`${sequence} ${randomUUID()}`).digest('hex'),
    requestId: randomUUID(),
    recordedAt: new Date(Date.UTC(2026, 1, 26, 12, 0, 0, 123)),
    class: auditClass,
    code,
    level: levelOf(auditClass, code),
    action: 'telemetry',
    actor: 'agent-a',
    tenantId: '10000000-0000-4000-8000-00000000000a',
    operatorId: 'op-001',
    subject: `event-${sequence}`,
    kid: 'key-1',
    peerSha256: 'c'.repeat(64),
    clientAddress: '192.0.2.7',
    evidenceSha256: 'e'.repeat(64),
    text: '{"v":1}',
    ...over,
  };
}

export function records(count: number, from = 0): readonly OutgoingRecord[] {
  return Array.from({ length: count }, (_, n) => toEntryRecord(entry({ sequence: from + n })));
}
