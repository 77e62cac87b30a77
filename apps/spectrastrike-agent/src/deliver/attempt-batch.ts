import { MAX_BATCH_BYTES } from '@nyxera/federation-protocol';
import type { ClientOutcome } from '../gateway-client.ts';
import { BATCH_PATH, batchBody } from '../prepare-batch.ts';
import type { SendSigned } from '../prepare-envelope.ts';
import { judge, type Verdict } from '../retry-policy.ts';
import type { Lane, SpooledEvent } from '../spool/types.ts';
import type { AttemptVerdict } from './attempt.ts';
import { readBatchAnswer } from './read-batch-answer.ts';

/** What one batch came to. */
export type BatchVerdict =
  /** The gateway judged every event: one verdict each, in order. */
  | { readonly kind: 'items'; readonly verdicts: readonly Verdict[] }
  /** About the request, not about an event of it: all of them wait, as a single one would. */
  | { readonly kind: 'whole'; readonly verdict: AttemptVerdict }
  /** Refused for good as a whole. One of the events may be why: they are tried in smaller batches, then singly. */
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string }
  /** 413. */
  | { readonly kind: 'too-large'; readonly code: string; readonly detail: string; readonly bytes: number }
  /** The gateway has no batches. */
  | { readonly kind: 'not-taken'; readonly code: string; readonly detail: string };

type Answer = Extract<ClientOutcome, { kind: 'answer' }>;

/** Several events under one signature, sent once (PROTOCOL.md section 6). */
export async function attemptBatch(
  sendSigned: SendSigned,
  events: readonly SpooledEvent[],
  lane: Lane,
  onSent: () => void,
): Promise<BatchVerdict> {
  let bytes = 0;
  const build = (timestamp: number, nonce: string): string => {
    const body = batchBody(events, lane, timestamp, nonce);
    bytes = body.length;
    return body;
  };
  const { outcome } = await sendSigned(BATCH_PATH, build, { onSent, maxBodyBytes: MAX_BATCH_BYTES });
  switch (outcome.kind) {
    case 'unsigned': {
      const detail = 'the signing key could not be used';
      return { kind: 'whole', verdict: { kind: 'unsigned', code: 'key_unavailable', detail } };
    }
    case 'too_large':
      return { kind: 'refused', code: 'payload_too_large', detail: 'the batch was too large; not sent' };
    case 'answer':
      return judgeBatchAnswer(events, outcome, bytes);
    default:
      return { kind: 'whole', verdict: judge(outcome) };
  }
}

function judgeBatchAnswer(events: readonly SpooledEvent[], answer: Answer, bytes: number): BatchVerdict {
  const { status } = answer;
  const code = answer.code ?? String(status);
  const detail = `a batch of ${events.length} was answered with status ${status}`;
  if (status >= 200 && status <= 299) {
    const answers = status === 202 ? readBatchAnswer(events, answer) : null;
    // Whatever accepts a batch without saying what became of each event has not understood it.
    return answers === null
      ? { kind: 'not-taken', code, detail: `${detail}, without its results` }
      : { kind: 'items', verdicts: answers.map(judge) };
  }
  if (status === 404 || status === 405 || status === 415) return { kind: 'not-taken', code, detail };
  if (status === 413) return { kind: 'too-large', code, detail, bytes };
  const verdict = judge(answer);
  const isRefusal = verdict.kind === 'quarantine' || (verdict.kind === 'retry' && status < 500);
  return isRefusal ? { kind: 'refused', code, detail } : { kind: 'whole', verdict };
}
