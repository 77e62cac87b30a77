import type { Statement } from '../database.ts';

/** Removes up to $1 expired nonces that nobody holds, and notes how many of whom. */
export const SWEEP_NONCES: Statement = {
  name: 'sweep_nonces',
  text: `WITH doomed AS (
           SELECT identity, nonce FROM nonces WHERE expires_at <= now()
            ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
         ), gone AS (
           DELETE FROM nonces USING doomed
            WHERE nonces.identity = doomed.identity AND nonces.nonce = doomed.nonce
            RETURNING nonces.identity
         ), noted AS (
           INSERT INTO nonce_sweeps (identity, removed) SELECT identity, count(*) FROM gone GROUP BY identity
         )
         SELECT count(*) AS removed FROM gone`,
};

/** Takes what was swept off the counters that no commit holds at this moment. */
export const SETTLE_SWEEPS: Statement = {
  name: 'settle_sweeps',
  text: `WITH held AS (
           SELECT identity FROM nonce_counters
            WHERE identity IN (SELECT identity FROM nonce_sweeps) ORDER BY identity FOR UPDATE SKIP LOCKED
         ), swept AS (
           DELETE FROM nonce_sweeps USING held WHERE nonce_sweeps.identity = held.identity
            RETURNING nonce_sweeps.identity, nonce_sweeps.removed
         )
         UPDATE nonce_counters AS counter SET living = counter.living - total.removed
           FROM (SELECT identity, sum(removed)::bigint AS removed FROM swept GROUP BY identity) AS total
          WHERE counter.identity = total.identity`,
};

/** A sweep that is lost in a crash is made again, so nobody, and no lock, waits for the disk. */
export const DO_NOT_WAIT_FOR_DISK: Statement = {
  name: 'do_not_wait_for_disk',
  text: `SELECT set_config('synchronous_commit', 'off', true)`,
};
