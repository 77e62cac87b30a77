import { describe, expect, test } from '@jest/globals';
import {
  graphAnchors,
  parseAuditCosignature,
  parseEvidenceBundle,
  parseExecutionGraph,
  parseFeedbackQuery,
} from '../src/schemas.ts';
import { breaks, integerRules, long, notText, required, strictAt, textRules } from './breakages.ts';
import {
  auditCosignature,
  changed,
  evidenceBundle,
  executionGraph,
  FINGERPRINT,
  feedbackQuery,
  HASH,
  type Json,
} from './samples.ts';
import { expectRejected, parsed, received, value } from './support.ts';

const hex = (pointer: string) =>
  [...notText, '', long(64), 'a'.repeat(63), 'a'.repeat(65)].map((one) => [pointer, one] as const);
const bad = (pointer: string, ...values: readonly Json[]) => values.map((one) => [pointer, one] as const);

describe('execution graph', () => {
  breaks(parseExecutionGraph, executionGraph, 'schema_invalid', [
    ...required(...Object.keys(executionGraph()).map((name) => `/${name}`)),
    ...strictAt(''),
    ...textRules('/operator_id', 128),
    ...bad('/tenant_id', null, 1, '', 'x'),
    ...hex('/execution_fingerprint'),
    ...hex('/attestation_measurement_hash'),
    ...integerRules('/timestamp', 0, 999_999_999_999),
    ...bad('/nonce', null, 1, '', 'short'),
    ...bad('/schema_version', null, 1, '', 'execution.graph.v2'),
    ...bad('/graph', null, 1, 1.5, 'x', []),
    ...bad('/graph/target_urn', 1, true, '', [], {}, long(513), '\u0000'),
  ]);

  const anchorsOf = (graph: Json) =>
    graphAnchors(value(parseExecutionGraph(received(changed(executionGraph(), '/graph', graph)))));

  test('a target may be absent or null; 512 code points fit', () => {
    expect(anchorsOf({}).targetUrn).toBe('urn:target:unknown');
    expect(anchorsOf({ target_urn: null }).targetUrn).toBe('urn:target:unknown');
    expect(anchorsOf({ target_urn: '😀'.repeat(512) }).targetUrn).toBe('😀'.repeat(512));
  });

  test('nodes may be anything; only an array counts', () => {
    for (const nodes of [null, 1, 'x', { length: 9 }, true, 2.5]) {
      expect(anchorsOf({ nodes }).nodeCount).toBe(0);
    }
    expect(anchorsOf({ nodes: [1, null, 'x', [], {}, 1.5] }).nodeCount).toBe(6);
  });

  test('what is 64 hex anchors, in lower case, and nothing replaces the pair of the graph', () => {
    const [a, b, c] = ['aa', 'bb', 'cc'].map((byte) => byte.repeat(32));
    const { anchors } = anchorsOf({
      nodes: [
        {
          execution_fingerprint: a?.toUpperCase() ?? '',
          attestation_measurement_hash: b?.toUpperCase() ?? '',
        },
        { execution_fingerprint: a ?? '', attestation_measurement_hash: c ?? '' },
        { execution_fingerprint: FINGERPRINT, attestation_measurement_hash: c ?? '' },
        { execution_fingerprint: b ?? '' },
        { execution_fingerprint: c ?? '', attestation_measurement_hash: 'x' },
        { execution_fingerprint: 1, attestation_measurement_hash: c ?? '' },
        null,
      ],
    });
    expect([...anchors]).toEqual([
      [FINGERPRINT, HASH],
      [a, b],
    ]);
  });
});

describe('feedback query', () => {
  breaks(parseFeedbackQuery, feedbackQuery, 'schema_invalid', [
    ...required('/operator_id', '/tenant_id', '/timestamp', '/nonce'),
    ...strictAt(''),
    ...textRules('/operator_id', 128),
    ...bad('/tenant_id', null, 1, '', 'x'),
    ...integerRules('/timestamp', 0, 999_999_999_999),
    ...bad('/nonce', null, 1, '', 'short'),
    ...integerRules('/limit', 1, 1000),
  ]);
  test('limit is 100 where it is absent, and an integer where it is not', () => {
    expect(value(parseFeedbackQuery(received(changed(feedbackQuery(), '/limit', undefined)))).limit).toBe(
      100,
    );
    const text = JSON.stringify(feedbackQuery());
    expectRejected(
      parseFeedbackQuery(parsed(text.replace('"limit":5', '"limit":5.0'))),
      'schema_invalid',
      '/limit',
    );
  });
});

describe('audit cosignature', () => {
  const line = String(auditCosignature().cosignature);
  breaks(parseAuditCosignature, auditCosignature, 'schema_invalid', [
    ...required(...Object.keys(auditCosignature()).map((name) => `/${name}`)),
    ...strictAt(''),
    ...integerRules('/size', 1, Number.MAX_SAFE_INTEGER - 1).slice(0, -1),
    ...integerRules('/timestamp', 0, 999_999_999_999),
    ...bad('/nonce', null, 1, '', 'short'),
    ...bad('/cosignature', ...notText, '', 'x', `${line}\n`, `${line}\n${line}`, ` ${line}`, line.slice(2)),
    ...bad('/cosignature', line.replace('agent', 'a b'), line.slice(0, -4), `${line.slice(0, -3)}x==`),
    ...bad('/cosignature', `\u2014 name ${Buffer.alloc(75).toString('base64')}`),
    ...bad('/cosignature', `\u2014 name ${Buffer.alloc(77).toString('base64')}`),
  ]);
});

describe('evidence bundle', () => {
  breaks(parseEvidenceBundle, evidenceBundle, 'schema_invalid', [
    ...required(
      '/bundle',
      ...Object.keys(evidenceBundle().bundle as object).map((name) => `/bundle/${name}`),
    ),
    ...strictAt('', '/bundle'),
    ...bad('/bundle', null, 1, 'x', []),
    ...textRules('/bundle/operator_id', 128),
    ...textRules('/bundle/campaign_id', 128),
    ...bad('/bundle/operator_id', 'a|b'),
    ...bad('/bundle/campaign_id', '|'),
    ...hex('/bundle/execution_hash'),
    ...integerRules('/bundle/timestamp', 0, 999_999_999_999),
    ...bad('/bundle/nonce', null, 1, '', 'elevenchars', long(129), 'nonce|nonce|nonce'),
    ...bad(
      '/bundle/signature',
      null,
      1,
      '',
      'x',
      Buffer.alloc(63).toString('base64'),
      Buffer.alloc(65).toString('base64'),
    ),
    // Unused bits that are not zero, missing padding, another alphabet, white space.
    ...bad(
      '/bundle/signature',
      `${'A'.repeat(85)}B==`,
      'A'.repeat(86),
      `${'-'.repeat(86)}==`,
      ` ${'A'.repeat(86)}=`,
    ),
  ]);
});
