import { describe, expect, test } from '@jest/globals';
import { adjustForGraph } from '../../src/feedback/adjust-for-graph.ts';
import { DEFAULT_RULES_YAML } from '../../src/feedback/default-rules.ts';
import { parseRules } from '../../src/feedback/load-rules.ts';
import type { FeedbackRules } from '../../src/feedback/rules.ts';

const graphOf = (nodeCount: number) => ({
  executionFingerprint: 'aa'.repeat(32),
  attestationMeasurementHash: 'bb'.repeat(32),
  targetUrn: 'urn:target:ip:10.0.0.5',
  nodeCount,
});

function rulesOf(text: string): FeedbackRules {
  const parsed = parseRules(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.value;
}

function faultsOf(text: string): string[] {
  const parsed = parseRules(text);
  return parsed.ok ? [] : parsed.faults.map(({ problem }) => problem);
}

describe('the default rules (PROTOCOL.md section 8)', () => {
  const rules = rulesOf(DEFAULT_RULES_YAML);

  test.each([
    [0, 'observe', 0.55],
    [7, 'observe', 0.55],
    [8, 'tighten', 0.82],
    [100_000, 'tighten', 0.82],
  ])('a graph with %i nodes -> %s %f', (nodes, action, confidence) => {
    expect(adjustForGraph(rules, graphOf(nodes), 'request', 1000)).toEqual([
      {
        action,
        confidence,
        control: 'execution',
        rationale: expect.any(String),
        ttlSeconds: 1800,
        timestamp: 1000,
        targetUrn: 'urn:target:ip:10.0.0.5',
        executionFingerprint: 'aa'.repeat(32),
        attestationMeasurementHash: 'bb'.repeat(32),
        cause: 'graph',
        causeId: 'request',
        ruleId: expect.any(String),
      },
    ]);
  });

  test('an open critical finding -> deny, 1.0, 1800 s', () => {
    expect(rules.finding).toEqual([
      {
        id: 'finding-critical-open',
        when: { severity: ['critical'] },
        adjust: expect.objectContaining({ action: 'deny', confidence: 1, ttl_seconds: 1800 }),
      },
    ]);
  });
});

describe('a rules file', () => {
  test('without a matching graph rule causes nothing', () => {
    const rules = rulesOf('version: 1\ngraph: []\nfinding: []\n');
    expect(adjustForGraph(rules, graphOf(9), 'request', 1000)).toEqual([]);
  });

  test('names every fault at once, with its place', () => {
    const text = `version: 1
graph:
  - id: same
    when: { min_nodes: -1 }
    adjust: { action: allow, confidence: 1.5, ttl_seconds: 10, rationale: "" }
finding:
  - id: same
    when: { severity: [worst] }
    adjust: { action: deny, confidance: 1, ttl_seconds: 1800, rationale: x }
`;
    const places = faultsOf(text).map((problem) => problem.split(':')[0]);
    expect(places).toEqual(
      expect.arrayContaining([
        'graph.0.when.min_nodes',
        'graph.0.adjust.action',
        'graph.0.adjust.confidence',
        'graph.0.adjust.ttl_seconds',
        'graph.0.adjust.rationale',
        'finding.0.when.severity.0',
        'finding.0.adjust.confidence',
        'finding.0.adjust',
      ]),
    );
  });

  test.each([
    ['two rules of one name', DEFAULT_RULES_YAML.replace('graph-any', 'graph-large'), /used by another rule/],
    ['what is not YAML', 'version: [', /is not YAML/],
    ['a member twice', 'version: 1\nversion: 1\ngraph: []\nfinding: []', /is not YAML/],
    ['aliases', 'version: 1\ngraph: &a []\nfinding: *a', /aliases/],
    ['another version', 'version: 2\ngraph: []\nfinding: []', /version/],
    ['an empty file', '', /the file/],
  ])('refuses %s', (_name, text, problem) => {
    expect(faultsOf(text).join('\n')).toMatch(problem);
  });
});
