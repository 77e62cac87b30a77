import { describe, expect, test } from '@jest/globals';
import { canonicalizeCompat, graphAnchors, parseExecutionGraph } from '@nyxera/federation-protocol';
import fc from 'fast-check';
import {
  buildGraph,
  GRAPH_BODY_LIMIT,
  type GraphEvent,
  type GraphSubject,
} from '../../src/graph/build-graph.ts';

const SUBJECT: GraphSubject = {
  operatorId: 'op-001',
  tenantId: '10000000-0000-0000-0000-00000000000A',
  campaignId: 'cmp-001',
  executionFingerprint: 'a'.repeat(64),
  attestationMeasurementHash: 'b'.repeat(64),
  targetUrn: 'urn:target:ip:10.0.0.5',
};

function event(index: number, more: Partial<GraphEvent> = {}): GraphEvent {
  return {
    eventId: `evt-${String(index).padStart(5, '0')}`,
    eventType: 'SERVICE_OPEN',
    severity: 'info',
    observedAt: '2026-02-26T12:00:00+00:00',
    assetRef: '10.0.0.5',
    techniques: ['T1046'],
    intentId: `intent-${index}`,
    ...more,
  };
}

/** As it goes to the wire: with the members of the attempt. */
const signed = (body: object): never => ({ ...body, timestamp: 1, nonce: 'nonce-0001' }) as never;

describe('a graph of one execution on one target', () => {
  test('is what the gateway takes, and every node carries fingerprint and attestation hash', () => {
    const { body, nodeCount } = buildGraph(SUBJECT, [event(1), event(2, { techniques: ['T1046', 'T1190'] })]);
    const parsed = parseExecutionGraph(signed(body));
    expect(parsed).toMatchObject({ ok: true });
    if (!parsed.ok) return;
    // execution, asset, two techniques, two events
    expect(nodeCount).toBe(6);
    expect(graphAnchors(parsed.value)).toEqual({
      targetUrn: SUBJECT.targetUrn,
      nodeCount: 6,
      anchors: new Map([[SUBJECT.executionFingerprint, SUBJECT.attestationMeasurementHash]]),
    });
    const nodes = parsed.value.graph.nodes;
    expect(Array.isArray(nodes) && nodes.length).toBe(6);
    for (const node of Array.isArray(nodes) ? nodes : []) {
      expect(node).toMatchObject({
        execution_fingerprint: SUBJECT.executionFingerprint,
        attestation_measurement_hash: SUBJECT.attestationMeasurementHash,
      });
    }
  });

  test('does not depend on the order in which events come out of the spool', () => {
    const events = Array.from({ length: 12 }, (_, index) =>
      event(index, { severity: ['critical', 'low', 'info'][index % 3] ?? 'info', assetRef: `h${index % 2}` }),
    );
    const expected = buildGraph(SUBJECT, events);
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => {
        expect(buildGraph(SUBJECT, shuffled)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
    expect(expected.bodyText).toBe(canonicalizeCompat(expected.body));
  });

  test('stays below a mebibyte with 20,000 events of long, non-ASCII assets; the most severe stay', () => {
    const events = Array.from({ length: 20_000 }, (_, index) =>
      event(index, {
        assetRef: `${'ü'.repeat(500)}${index}`,
        severity: index === 19_999 ? 'critical' : 'info',
      }),
    );
    const built = buildGraph(SUBJECT, events);
    expect(built.bodyText.length).toBeLessThanOrEqual(GRAPH_BODY_LIMIT);
    expect(built.eventsIncluded).toBeGreaterThan(0);
    expect(built.body).toMatchObject({
      graph: { events_total: 20_000, events_included: built.eventsIncluded },
    });
    expect(built.bodyText).toContain('evt-19999');
  });

  test('names that look alike cannot merge two nodes or two edges', () => {
    const built = buildGraph(SUBJECT, [
      event(1, { assetRef: 'x\nasset:y', eventId: 'e1' }),
      event(2, { assetRef: 'x', eventId: 'e2' }),
    ]);
    expect(built.nodeCount).toBe(6);
  });
});
