import type { JsonValue } from '@nyxera/federation-protocol';
import { envelope, type Members, payload, signed } from './bodies.ts';
import { type Case, type Finding, failed, got, judgeRefusal, member, PASSED, skipped } from './case.ts';
import { type Answered, type Lab, PATHS, type Prepared, type SignOptions } from './lab.ts';

/** PROTOCOL.md section 6, Batch. Deployed peers have none: then these are skipped. */
export const BATCH_CASES: readonly Case[] = [
  batchCase('batch.items', 'each item has its own answer, in order', [], async (lab) => {
    const good = item(lab);
    const conflicting = item(lab);
    const items = [
      good,
      good,
      item(lab, { severity: 'worst' }),
      7,
      conflicting,
      { ...(conflicting as object), payload: changed(conflicting) },
    ];
    return judgeResults(await lab.send(await batch(lab, items)), [
      'accepted',
      'duplicate',
      'rejected schema_invalid /payload/severity',
      'rejected schema_invalid ',
      'accepted',
      'rejected event_conflict',
    ]);
  }),
  batchCase('batch.replay', 'the same batch twice', ['replay_detected'], async (lab) => {
    const prepared = await batch(lab, [item(lab)]);
    const first = judgeResults(await lab.send(prepared), ['accepted']);
    return first.result === 'passed'
      ? judgeRefusal(lab, await lab.send(prepared), ['replay_detected'])
      : first;
  }),
  batchCase(
    'batch.metadata',
    'signed metadata of another campaign refuse the whole',
    ['signed_metadata_mismatch'],
    async (lab) => {
      const { operatorId, tenantId } = lab.who;
      const metadata = { operator_id: operatorId, tenant_id: tenantId, campaign_id: 'another' };
      return judgeRefusal(lab, await lab.send(await batch(lab, [item(lab)], { signed_metadata: metadata })), [
        'signed_metadata_mismatch',
      ]);
    },
  ),
  batchCase(
    'batch.nonce',
    'another nonce in the body refuses the whole',
    ['signed_header_mismatch'],
    async (lab) =>
      judgeRefusal(lab, await lab.send(await batch(lab, [item(lab)], { nonce: lab.nonce() })), [
        'signed_header_mismatch',
      ]),
  ),
];

/** Tried only where the endpoint is there. */
function batchCase(
  id: string,
  about: string,
  proves: Case['proves'],
  run: (lab: Lab) => Promise<Finding>,
): Case {
  return {
    id,
    section: '6',
    about,
    proves,
    run: async (lab) => ((await hasBatches(lab)) ? run(lab) : skipped('the target has no batches')),
  };
}

async function hasBatches(lab: Lab): Promise<boolean> {
  const answer = await lab.send(await batch(lab, []));
  return answer.status !== 404 && answer.status !== 405;
}

export function batch(
  lab: Lab,
  items: readonly JsonValue[],
  changes: Members = {},
  options: SignOptions = {},
): Promise<Prepared> {
  return signed(
    lab,
    PATHS.batch,
    (timestamp, nonce) => {
      const { execution_hash: _hash, payload: _payload, ...rest } = envelope(lab, timestamp, nonce);
      return { ...rest, items: [...items], ...changes };
    },
    options,
  );
}

function item(lab: Lab, changes: Members = {}): JsonValue {
  return { execution_hash: lab.hash(), payload: payload(lab, changes) };
}

function changed(given: JsonValue): JsonValue {
  const { payload: known } = given as { readonly payload: Readonly<Record<string, JsonValue>> };
  return { ...known, description: 'other content' };
}

function judgeResults(answer: Answered, expected: readonly string[]): Finding {
  if (answer.status !== 202) return failed('202', got(answer));
  const results = member(answer, 'results');
  const found = (Array.isArray(results) ? results : []).map((one: Readonly<Record<string, unknown>>) =>
    [one.status, one.error_code, one.path].filter((part) => part !== undefined).join(' '),
  );
  return JSON.stringify(found) === JSON.stringify(expected)
    ? PASSED
    : failed(expected.join('; '), found.join('; ').slice(0, 500));
}
