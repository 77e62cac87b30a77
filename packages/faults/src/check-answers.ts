import type { Violation } from './check-history.ts';
import type { Attempt, History } from './history.ts';
import type { Ledger } from './ledger.ts';

/**
 * What a client may be told, whatever happens around it (PROTOCOL.md sections 4 and 13): that its event is stored; to
 * come back, and then nothing of it is; that its bytes were seen before, where they were sent before; or that its clock
 * is another one. Everything it sends is valid, so every other answer is a fault shown to somebody who has none.
 */
export function* checkAnswers(history: History, ledger: Ledger): Generator<Violation> {
  const sent = new Map<string, number>();
  for (const { nonce } of history.attempts) sent.set(nonce, (sent.get(nonce) ?? 0) + 1);
  const claimed = new Set([...ledger.nonces, ...ledger.evidence].map((row) => row.nonce));
  for (const attempt of history.attempts) {
    const copies = sent.get(attempt.nonce) ?? 0;
    if (!isAllowed(attempt, copies)) {
      const { status, code } = attempt.answer ?? { status: 0, code: null };
      yield {
        rule: 'wrong-answer',
        detail: `event ${attempt.eventId} was answered ${status} ${code ?? ''}`.trim(),
      };
    }
    if (isPutOff(attempt) && copies === 1 && claimed.has(attempt.nonce)) {
      yield {
        rule: 'nonce-burnt',
        detail: `nonce ${attempt.nonce} was answered ${attempt.answer?.status} and is claimed`,
      };
    }
  }
}

/** "Come back": nothing is stored, and the same bytes could still succeed. */
function isPutOff({ answer }: Attempt): boolean {
  return answer !== null && (answer.status === 503 || answer.status === 429);
}

function isAllowed({ answer }: Attempt, copies: number): boolean {
  if (answer === null) return true;
  const { status, code } = answer;
  if (status >= 200 && status < 300) return true;
  switch (code) {
    case 'service_unavailable':
      return status === 503;
    case 'rate_limited':
      return status === 429;
    case 'timestamp_out_of_window':
      return status === 401;
    case 'replay_detected':
      return status === 409 && copies > 1;
    default:
      return false;
  }
}
