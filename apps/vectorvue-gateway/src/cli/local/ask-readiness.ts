import { get } from 'node:https';
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
export async function askReadiness({ host, port }: ListenAddress, isTls = false): Promise<Readiness> {
  const reachable = reachableHost(host);
  const url = `${isTls ? 'https' : 'http'}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}/readyz`;
  let body: unknown;
  try {
    if (isTls) body = JSON.parse(await readOverTls(url));
    else {
      const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
      body = await response.json();
    }
  } catch (fault) {
    return whyNot(fault);
  }
  const parsed = answer.safeParse(body);
  if (!parsed.success) return { kind: 'strange' };
  return { kind: 'answered', reasons: parsed.data.status === 'ready' ? [] : parsed.data.reasons };
}

/** Whoever presents which certificate: what is asked is no secret, and another check looks at the file. */
function readOverTls(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = get(
      url,
      { rejectUnauthorized: false, signal: AbortSignal.timeout(TIMEOUT_MS) },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve(text));
        response.on('error', reject);
      },
    );
    asked.on('error', (cause) =>
      reject(cause.name === 'TimeoutError' ? cause : new Error('no answer', { cause })),
    );
  });
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
