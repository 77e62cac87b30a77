import { z } from 'zod';
import type { ListenAddress } from '../../config/gateway-config.ts';
import { reachableHost } from './probe-listener.ts';

export type Readiness =
  /** Nothing listens there. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly reason: string }
  /** Something answers, and not as the administration listener does. */
  | { readonly kind: 'strange' }
  /** No reasons: it is ready. */
  | { readonly kind: 'answered'; readonly reasons: readonly string[] };

const TIMEOUT_MS = 5_000;
const answer = z.union([
  z.object({ status: z.literal('ready') }),
  z.object({ status: z.literal('not ready'), reasons: z.array(z.string()) }),
]);

/** What `/readyz` of an administration listener says. */
export async function askReadiness({ host, port }: ListenAddress): Promise<Readiness> {
  const reachable = reachableHost(host);
  const url = `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}/readyz`;
  let body: unknown;
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    body = await response.json();
  } catch (fault) {
    return whyNot(fault);
  }
  const parsed = answer.safeParse(body);
  if (!parsed.success) return { kind: 'strange' };
  return { kind: 'answered', reasons: parsed.data.status === 'ready' ? [] : parsed.data.reasons };
}

function whyNot(fault: unknown): Readiness {
  // A body that is no JSON, where something answered in HTTP.
  if (fault instanceof SyntaxError) return { kind: 'strange' };
  if (fault instanceof Error && fault.name === 'TimeoutError') return { kind: 'failed', reason: 'timeout' };
  const { code } = ((fault as Error).cause ?? {}) as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return { kind: 'absent' };
  // undici's own codes: no HTTP.
  return code?.startsWith('HPE_') ? { kind: 'strange' } : { kind: 'failed', reason: code ?? 'no answer' };
}
