import { type Answer, jsonAnswer } from './answer.ts';
import type { ApiContext } from './exchange.ts';

export function answerAlive(): Answer {
  return jsonAnswer(200, { status: 'alive' });
}

/** Ready to take events. A gateway that is away is no reason against it: that is what the spool is for. */
export function answerReady(context: ApiContext): Answer {
  const reasons = notReady(context);
  if (reasons.length === 0) return jsonAnswer(200, { status: 'ready' });
  return jsonAnswer(503, { status: 'not ready', reasons });
}

function notReady({ agent }: ApiContext): readonly string[] {
  if (agent.signal.aborted) return ['stopping'];
  try {
    const admission = agent.admit(0);
    return admission.ok ? [] : [admission.code];
  } catch {
    return ['the state cannot be read'];
  }
}
