import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ERROR_CODES } from '@nyxera/federation-protocol';
import { classOfCode, levelOf } from '../../src/audit/classify.ts';
import { createMetrics } from '../../src/metrics.ts';
import { countItemConflicts } from '../../src/security/count-conflicts.ts';
import { isSecurityCode, LEVELS, SECURITY_EVENTS } from '../../src/security/security-events.ts';
import { event, newParty, refusal, telemetry } from '../store/requests.ts';

describe('security events', () => {
  test('are what the issue names, and no other code of the protocol', () => {
    const found = Object.keys(ERROR_CODES).filter((code) => classOfCode(code) === 'security');
    expect(found).toEqual([
      'peer_identity_rejected',
      'signature_invalid',
      'signed_header_mismatch',
      'signed_metadata_mismatch',
      'operator_not_mapped',
      'tenant_mapping_violation',
      'key_domain_violation',
      'operator_not_permitted',
      'replay_detected',
      'event_conflict',
      'audit_fork_detected',
    ]);
    for (const code of ['toString', '__proto__', 'constructor', '', 'Signature_invalid']) {
      expect(isSecurityCode(code)).toBe(false);
    }
  });

  test('have the level of the table; the rest is low or nothing', () => {
    expect(levelOf('security', 'key_domain_violation')).toBe('critical');
    expect(levelOf('security', 'operator_not_mapped')).toBe('medium');
    expect(levelOf('security', 'of_tomorrow')).toBe('high');
    expect(levelOf('security', 'tenant_forbidden')).toBe('high');
    expect(levelOf('security', 'sign_in_refused')).toBe('low');
    expect(levelOf('security', 'constructor')).toBe('high');
    expect(levelOf('decision', 'accepted')).toBe('info');
    expect(levelOf('feedback', 'issued')).toBe('info');
    expect(levelOf('decision', 'schema_invalid')).toBe('low');
    expect(levelOf('trust', 'changed')).toBe('low');
  });

  test('README.md repeats the table', () => {
    const readme = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
    for (const [code, { level, kept }] of Object.entries(SECURITY_EVENTS)) {
      expect(LEVELS).toContain(level);
      expect(readme).toContain(`| \`${code}\` | ${level} | ${kept} |`);
    }
    expect(
      readme.match(/^\| `[a-z_]+` \| (?:info|low|medium|high|critical) \| (?:audit|metrics) \|/gm),
    ).toHaveLength(Object.keys(SECURITY_EVENTS).length);
  });

  test('are counted by code and level, from zero', async () => {
    const metrics = createMetrics();
    metrics.answered('telemetry', 'replay_detected', 0.1);
    metrics.answered('telemetry', 'replay_detected', 0.1);
    metrics.answered('telemetry', 'schema_invalid', 0.1);
    metrics.handshakeFailed('ERR_SSL');
    metrics.malformedHttp('OTHER');
    metrics.securityEvents('event_conflict', 3);
    const text = await metrics.registry.metrics();
    const counts = Object.fromEntries(
      [
        ...text.matchAll(/^vectorvue_security_events_total\{code="([a-z_]+)",level="([a-z]+)"\} (\d+)$/gm),
      ].map(([, code, level, count]) => [code, [level, Number(count)]]),
    );
    expect(counts).toEqual({
      ...Object.fromEntries(Object.entries(SECURITY_EVENTS).map(([code, { level }]) => [code, [level, 0]])),
      replay_detected: ['high', 2],
      tls_handshake_failed: ['low', 1],
      http_malformed: ['low', 1],
      event_conflict: ['high', 3],
    });
  });

  test('conflicts inside a batch are counted, those that are the answer are not counted twice', async () => {
    const party = newParty();
    let counted = 0;
    const conflict = { status: 'conflict', sequence: 0, leafHash: '' } as const;
    const accepted = { status: 'accepted', sequence: 0, leafHash: '' } as const;
    const commit = countItemConflicts(
      async () => [
        { status: 'committed', items: [conflict, accepted, conflict] },
        { status: 'committed', items: [conflict] },
        { status: 'unavailable' },
      ],
      (count) => {
        counted += count;
      },
    );
    await commit([
      telemetry(party, [event('a'), event('b'), event('c')], { endpoint: 'telemetry-batch' }),
      telemetry(party, [event('d')]),
      refusal(party, null),
    ]);
    expect(counted).toBe(2);
  });
});
