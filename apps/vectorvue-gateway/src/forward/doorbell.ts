import type { Database } from '../store/database.ts';

export const AUDIT_CHANNEL = 'federation_audit';

/** Tells waiting forwarders that the log has grown. */
export interface Doorbell {
  /** How often it has rung; taken before looking, so that a ring in between is not missed. */
  rings(): number;
  /** Resolves at the next ring after `seen`, after the time, or when aborted; the first of them. */
  wait(seen: number, milliseconds: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/**
 * Rung by the NOTIFY of every commit that adds entries, in whichever process. A lost LISTEN connection rings by itself
 * when it is there again, and whoever waits does so with a bound: the bell saves time, nothing depends on it.
 */
export async function hangDoorbell(db: Pick<Database, 'listen'>): Promise<Doorbell> {
  let rings = 0;
  const waiting = new Set<() => void>();
  const ring = (): void => {
    rings += 1;
    for (const wake of [...waiting]) wake();
  };
  const stop = await db.listen(AUDIT_CHANNEL, ring);
  return {
    rings: () => rings,
    wait: (seen, milliseconds, signal) =>
      new Promise((resolve) => {
        if (rings !== seen || signal.aborted) {
          resolve();
          return;
        }
        const wake = (): void => {
          clearTimeout(timer);
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, milliseconds);
        waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      }),
    close: stop,
  };
}
