import { type RequestOptions, request } from 'node:http';

/** Where a local API may be. */
export type ApiPlace = Pick<RequestOptions, 'socketPath' | 'host' | 'port'>;

export type ApiAnswer =
  | { readonly kind: 'silent'; readonly code: string }
  /** Something answers, and not as an agent does. */
  | { readonly kind: 'strange' }
  /** `reasons`: against being ready for events; none: it is. */
  | { readonly kind: 'alive'; readonly reasons: readonly string[] };

const TIMEOUT_MS = 5_000;
const ANSWER_LIMIT = 64 * 1024;

/** Asks what needs no token and changes nothing: whether an agent lives there, and whether it takes events. */
export async function askLocalApi(place: ApiPlace): Promise<ApiAnswer> {
  try {
    const alive = await get(place, '/healthz');
    if (alive?.status !== 'alive') return { kind: 'strange' };
    const ready = await get(place, '/readyz');
    if (ready?.status === 'ready') return { kind: 'alive', reasons: [] };
    const { reasons } = ready ?? {};
    return { kind: 'alive', reasons: Array.isArray(reasons) ? reasons.map(String) : ['not ready'] };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { kind: 'silent', code: code === 'ABORT_ERR' ? 'timeout' : (code ?? 'no answer') };
  }
}

/** The body as an object; null where it is none. */
function get(place: ApiPlace, path: string): Promise<Readonly<Record<string, unknown>> | null> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const asked = request({ ...place, path, agent: false, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > ANSWER_LIMIT) response.destroy(new Error('too long'));
      });
      response.on('error', reject);
      response.on('end', () => resolve(objectIn(text)));
    });
    asked.on('error', reject);
    asked.end();
  });
}

function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}
