import { SignerFault } from '../signer-fault.ts';
import type { SignerTime } from '../signer-options.ts';
import { vaultFault } from './vault-fault.ts';
import type { VaultAnswer, VaultHttp, VaultRequest } from './vault-http.ts';

const TRIES = 4;
const FIRST_WAIT_MS = 100;
/** Milliseconds after the first try in which another one may begin; an answer may take its own time besides. */
const PATIENCE_MS = 10_000;
/** Whoever waits for a signature holds a request open: a longer Retry-After is a failure. */
const LONGEST_WAIT_MS = 5_000;

/**
 * Sends until it succeeds, up to four times: after no answer, 412, 429, 500, 502 and 503, with exponential backoff and
 * full jitter, or after what Retry-After asks for (at most 5 s). Signing the same bytes again gives the same signature,
 * so a repetition does no harm. A sealed server, and everything that says no, is not asked again.
 *
 * Rejects with the last `SignerFault`.
 */
export async function sendPersistently(
  http: VaultHttp,
  time: SignerTime,
  request: VaultRequest,
): Promise<VaultAnswer> {
  const startedAtMs = time.now();
  for (let attempt = 1; ; attempt += 1) {
    const { answer, fault } = await tryOnce(http, request);
    if (answer !== null && fault === null) return answer;
    const problem = fault ?? new SignerFault('vault_failed', 'the server failed');
    const waitMs = mayRetry(problem, answer) ? waitBefore(attempt, answer, time) : null;
    const late = time.now() - startedAtMs + (waitMs ?? 0) > PATIENCE_MS;
    if (attempt === TRIES || waitMs === null || late) throw problem;
    await time.wait(waitMs);
  }
}

async function tryOnce(
  http: VaultHttp,
  request: VaultRequest,
): Promise<{ readonly answer: VaultAnswer | null; readonly fault: SignerFault | null }> {
  try {
    const answer = await http.send(request);
    return { answer, fault: vaultFault(answer) };
  } catch (error) {
    if (error instanceof SignerFault) return { answer: null, fault: error };
    throw error;
  }
}

function mayRetry(fault: SignerFault, answer: VaultAnswer | null): boolean {
  if (answer?.status === 412) return true;
  return ['vault_unreachable', 'vault_rate_limited', 'vault_failed'].includes(fault.fault);
}

/** null: longer than anybody should wait. */
function waitBefore(attempt: number, answer: VaultAnswer | null, time: SignerTime): number | null {
  const asked = answer?.retryAfterSeconds ?? null;
  if (asked !== null) return asked * 1000 <= LONGEST_WAIT_MS ? asked * 1000 : null;
  return time.random() * FIRST_WAIT_MS * 4 ** (attempt - 1);
}
