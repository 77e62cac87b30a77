import { describe, expect, test } from '@jest/globals';
import { type Choice, chooseAdjustments } from '../../src/feedback/choose-adjustments.ts';

const choice = (changes: Partial<Choice>): Choice => ({
  targetUrn: 'urn:a',
  action: 'observe',
  confidence: 0.5,
  rationale: 'r',
  control: 'execution',
  ttlSeconds: 1800,
  timestamp: 100,
  executionFingerprint: 'aa'.repeat(32),
  attestationMeasurementHash: 'bb'.repeat(32),
  ...changes,
});
const brief = (choices: readonly Choice[]) =>
  choices.map(({ action, confidence, timestamp }) => `${action} ${confidence} ${timestamp}`);

describe('chooseAdjustments (PROTOCOL.md section 8)', () => {
  test('writes ascending: action, then confidence, then timestamp', () => {
    const chosen = chooseAdjustments(
      [
        choice({ action: 'deny', targetUrn: 'urn:1', confidence: 1 }),
        choice({ action: 'observe', targetUrn: 'urn:2', confidence: 0.9 }),
        choice({ action: 'tighten', targetUrn: 'urn:3', timestamp: 102 }),
        choice({ action: 'tighten', targetUrn: 'urn:4', timestamp: 101 }),
        choice({ action: 'deny', targetUrn: 'urn:5', confidence: 0.2 }),
        choice({ action: 'isolate', targetUrn: 'urn:6', confidence: 0.3 }),
      ],
      100,
    );
    expect(brief(chosen)).toEqual([
      'isolate 0.3 100',
      'observe 0.9 100',
      'tighten 0.5 101',
      'tighten 0.5 102',
      'deny 0.2 100',
      'deny 1 100',
    ]);
  });

  test('takes one per target and action, the newest, even if it is milder', () => {
    const chosen = chooseAdjustments(
      [choice({ confidence: 0.9, timestamp: 100 }), choice({ confidence: 0.1, timestamp: 200 })],
      100,
    );
    expect(brief(chosen)).toEqual(['observe 0.1 200']);
  });

  test('a limit keeps the most restrictive', () => {
    const chosen = chooseAdjustments(
      [
        choice({ action: 'observe' }),
        choice({ action: 'deny', confidence: 0.1 }),
        choice({ action: 'tighten', confidence: 1 }),
      ],
      2,
    );
    expect(brief(chosen)).toEqual(['tighten 1 100', 'deny 0.1 100']);
  });
});
