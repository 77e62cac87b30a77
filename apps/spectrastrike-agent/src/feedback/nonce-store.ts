import type { DatabaseSync } from 'node:sqlite';

/** True where an answer with this nonce was accepted before. Durable: a restart does not forget it. */
export function feedbackNonceSeen(db: DatabaseSync, kid: string, nonce: string): boolean {
  return (
    db.prepare('SELECT 1 FROM feedback_nonces WHERE kid = ? AND nonce = ?').get(kid, nonce) !== undefined
  );
}

/**
 * Claims the nonce in one statement, so that of two processes with the same answer one only gets it. False:
 * somebody had it. `keepUntil` in Unix seconds. The caller holds the transaction that also records what the
 * answer says: a crash between the two would otherwise burn an answer, or take one twice.
 */
export function claimFeedbackNonce(db: DatabaseSync, kid: string, nonce: string, keepUntil: number): boolean {
  const result = db
    .prepare('INSERT INTO feedback_nonces (kid, nonce, keep_until) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
    .run(kid, nonce, keepUntil);
  return Number(result.changes) === 1;
}

/**
 * Longer than a nonce must be kept, so that a clock which was set back does not open the window again.
 * Seconds.
 */
export const NONCE_SWEEP_MARGIN_SECONDS = 3600;

/** Forgets nonces of answers that would be refused as stale anyway. `nowSeconds`: Unix seconds. */
export function sweepFeedbackNonces(db: DatabaseSync, nowSeconds: number): void {
  db.prepare('DELETE FROM feedback_nonces WHERE keep_until < ?').run(
    Math.floor(nowSeconds) - NONCE_SWEEP_MARGIN_SECONDS,
  );
}
