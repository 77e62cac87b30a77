import { createHash } from 'node:crypto';
import {
  canonicalizeCompat,
  encodeBase64,
  type JsonValue,
  parseStrictJson,
  verifyFeedbackResponse,
} from '@nyxera/federation-protocol';
import { graph, query } from './bodies.ts';
import {
  acceptance,
  type Case,
  failed,
  got,
  judgeAcceptance,
  judgeRefusal,
  member,
  PASSED,
  refusal,
  skipped,
} from './case.ts';
import { CAMPAIGN_PREFIX, type Lab, PATHS, type Prepared, type Sign } from './lab.ts';

/** PROTOCOL.md sections 8 and 9. */
export const FEEDBACK_CASES: readonly Case[] = [
  acceptance('graph.accepted', '8', 'a small graph', 202, (lab) => graph(lab)),
  refusal('graph.target', '8', 'a graph about a number', 'schema_invalid', (lab) =>
    graph(lab, { graph: { target_urn: 5 } }),
  ),
  refusal('graph.agreement', '8', 'another nonce in the body of a graph', 'signed_header_mismatch', (lab) =>
    graph(lab, { nonce: lab.nonce() }),
  ),
  refusal('query.limit', '8', 'a query for 0', 'schema_invalid', (lab) => query(lab, { limit: 0 })),
  refusal('query.agreement', '8', 'another nonce in the body of a query', 'signed_header_mismatch', (lab) =>
    query(lab, { nonce: lab.nonce() }),
  ),
  {
    id: 'feedback.signature',
    section: '8',
    about:
      'feedback verifies: signature over what was sent, for the tenant that was asked for, bound to the query',
    proves: [],
    run: (lab) => judgeFeedback(lab, true),
  },
  {
    id: 'feedback.not-of-another-query',
    section: '8',
    about: 'the binding is to this query and to no other',
    proves: [],
    run: (lab) => judgeFeedback(lab, false),
  },
  {
    id: 'bundle.accepted',
    section: '9',
    about: 'a bundle verifies, twice with the same answer, and its hash is that of the message',
    proves: [],
    run: async (lab) => {
      const { evidence } = lab.who;
      if (evidence === null) return skipped('no --evidence-key was given');
      const { prepared, hash } = await bundle(lab, evidence);
      for (let round = 0; round < 2; round += 1) {
        const judged = judgeAcceptance(await lab.send(prepared), 200, (answer) =>
          member(answer, 'accepted') === true && member(answer, 'bundle_hash') === hash
            ? null
            : `bundle_hash ${hash}`,
        );
        if (judged.result !== 'passed') return judged;
      }
      return PASSED;
    },
  },
  {
    id: 'bundle.signature',
    section: '9',
    about: 'a bundle under 64 bytes that are no signature',
    proves: ['signature_invalid'],
    run: async (lab) => {
      const { prepared } = await bundle(lab, async () => lab.random(64));
      return judgeRefusal(lab, await lab.send(prepared), ['signature_invalid']);
    },
  },
  {
    id: 'bundle.separator',
    section: '9',
    about: 'a separator inside a member',
    proves: ['schema_invalid'],
    run: async (lab) => {
      const { prepared } = await bundle(lab, async () => lab.random(64), 'a|b');
      return judgeRefusal(lab, await lab.send(prepared), ['schema_invalid']);
    },
  },
];

async function judgeFeedback(lab: Lab, own: boolean) {
  if (lab.who.feedbackKeys.size === 0) return skipped('no --feedback-key was given');
  await lab.send(await graph(lab));
  const nonce = lab.nonce();
  const answer = await lab.send(await query(lab, {}, { nonce }));
  if (answer.status !== 200) return failed('200', got(answer));
  const parsed = parseStrictJson(new TextEncoder().encode(answer.text));
  if (!parsed.ok) return failed('strict JSON', parsed.code);
  const verified = verifyFeedbackResponse(parsed.value, {
    tenantId: lab.who.tenantId,
    requestNonce: own ? nonce : lab.nonce(),
    keys: (kid) => lab.who.feedbackKeys.get(kid) ?? null,
    now: lab.now(),
    requireBinding: true,
    nonceSeen: () => false,
  });
  if (!own)
    return !verified.ok && verified.code === 'feedback_unbound'
      ? PASSED
      : failed('feedback_unbound', 'it verifies');
  if (!verified.ok) return failed('feedback that verifies', verified.code);
  const [skippedItem] = verified.value.skipped;
  if (skippedItem !== undefined) return failed('adjustments in bounds', skippedItem.code);
  const target = `urn:target:${CAMPAIGN_PREFIX}${lab.runId}`;
  return verified.value.adjustments.some(({ target_urn: urn }) => urn === target)
    ? PASSED
    : failed(`an adjustment for ${target}`, `${verified.value.adjustments.length} others`);
}

async function bundle(
  lab: Lab,
  sign: Sign,
  campaignId = `${CAMPAIGN_PREFIX}${lab.runId}`,
): Promise<{ readonly prepared: Prepared; readonly hash: string }> {
  const nonce = lab.nonce();
  const members = {
    operator_id: lab.who.operatorId,
    campaign_id: campaignId,
    execution_hash: lab.hash(),
    timestamp: lab.now(),
    nonce,
  };
  // Written out: the protocol package refuses a separator inside a member, as the target should.
  const message = new TextEncoder().encode(
    [members.operator_id, members.campaign_id, members.execution_hash, String(members.timestamp), nonce].join(
      '|',
    ),
  );
  const body: JsonValue = { bundle: { ...members, signature: encodeBase64(await sign(message)) } };
  return {
    hash: createHash('sha256').update(message).digest('hex'),
    prepared: {
      path: PATHS.bundle,
      method: 'POST',
      headers: lab.identityHeaders(),
      body: new TextEncoder().encode(canonicalizeCompat(body)),
    },
  };
}
