import type { IncomingMessage } from 'node:http';
import { type Refusal, refuse } from './answer.ts';

/** What all bodies that are held in memory may take together, so that many clients cannot fill it. */
export class BodyBudget {
  readonly #limit: number;
  #held = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** false: there is no room. Counted as bytes arrive, because an announcement costs its author nothing. */
  hold(bytes: number): boolean {
    if (this.#held + bytes > this.#limit) return false;
    this.#held += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}

export interface BodyLimits {
  readonly maxBytes: number;
  readonly idleMs: number;
  readonly totalMs: number;
}

const LATE = Symbol('late');

/**
 * The body of one request, piece by piece, within its limits. Iterating ends early where a limit is met;
 * `refusal` then says why, and nothing that was read may be used. `gone`: the client went away.
 */
export class IncomingBody {
  refusal: Refusal | null = null;
  gone = false;
  readonly #request: IncomingMessage;
  readonly #limits: BodyLimits;
  readonly #elapsed: () => number;

  /** `elapsed`: a monotonic clock, milliseconds. */
  constructor(request: IncomingMessage, limits: BodyLimits, elapsed: () => number) {
    this.#request = request;
    this.#limits = limits;
    this.#elapsed = elapsed;
  }

  async *chunks(): AsyncGenerator<Buffer, void> {
    const { maxBytes, idleMs, totalMs } = this.#limits;
    if (Number(this.#request.headers['content-length'] ?? 0) > maxBytes) {
      this.refusal = refuse('payload_too_large');
      return;
    }
    const until = this.#elapsed() + totalMs;
    // Not destroyed on return: the refusal still has to be written on this connection.
    const iterator: AsyncIterator<Buffer> = this.#request.iterator({ destroyOnReturn: false });
    let size = 0;
    let late = false;
    try {
      while (true) {
        const next = await this.#within(iterator.next(), Math.min(idleMs, until - this.#elapsed()));
        late = next === null;
        if (next === null || next.done === true) return;
        size += next.value.length;
        if (size > maxBytes) {
          this.refusal = refuse('payload_too_large');
          return;
        }
        yield next.value;
      }
    } finally {
      // Lets go of the request, so that what is still coming can be thrown away; behind a pending read it would wait.
      if (!late) await iterator.return?.();
    }
  }

  async #within(
    pending: Promise<IteratorResult<Buffer>>,
    milliseconds: number,
  ): Promise<IteratorResult<Buffer> | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<typeof LATE>((resolve) => {
      timer = setTimeout(() => resolve(LATE), Math.max(0, milliseconds));
    });
    try {
      const first = await Promise.race([pending, late]);
      if (first !== LATE) return first;
      this.refusal = refuse('request_timeout');
      // It is awaited by nobody any more; the connection's end will reject it.
      pending.catch(() => undefined);
      return null;
    } catch {
      this.gone = true;
      return null;
    } finally {
      clearTimeout(timer);
    }
  }
}

export type HeldBody =
  | { readonly ok: true; readonly bytes: Buffer; release(): void }
  | Refusal
  | { readonly ok: false; readonly code: null };

/** The whole body in memory, counted against the budget until it is released. `code` null: nobody is left to answer. */
export async function holdBody(body: IncomingBody, budget: BodyBudget): Promise<HeldBody> {
  const chunks: Buffer[] = [];
  let held = 0;
  let full = false;
  for await (const chunk of body.chunks()) {
    if (!budget.hold(chunk.length)) {
      full = true;
      break;
    }
    held += chunk.length;
    chunks.push(chunk);
  }
  const release = (): void => budget.release(held);
  if (full || body.refusal !== null || body.gone) {
    release();
    if (full) return refuse('service_unavailable', { retryAfterSeconds: 1 });
    return body.refusal ?? { ok: false, code: null };
  }
  if (held === 0) return refuse('payload_required');
  return { ok: true, bytes: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks), release };
}
