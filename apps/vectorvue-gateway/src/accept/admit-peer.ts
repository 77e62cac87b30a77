import { accept, type Result, reject } from '@nyxera/federation-protocol';

/**
 * Step 5: the rate limit of a peer, before any cryptography. A token bucket per identity and process that
 * holds one second's worth; it protects this process, so it needs no store. Identities are known ones, so
 * the map cannot be grown from outside.
 */
export interface PeerLimiter {
  /** `attempt` above 0: the same request again, which has paid already. */
  admit(identity: string, nowMs: number, attempt: number): Result<null>;
}

export function createPeerLimiter(tokensPerSecond: number): PeerLimiter {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    admit: (identity, nowMs, attempt) => {
      if (tokensPerSecond === 0 || attempt > 0) return accept(null);
      const bucket = buckets.get(identity) ?? { tokens: tokensPerSecond, atMs: nowMs };
      // A clock that was set back refills nothing, and takes nothing away.
      const elapsedSeconds = Math.max(0, nowMs - bucket.atMs) / 1000;
      const tokens = Math.min(tokensPerSecond, bucket.tokens + elapsedSeconds * tokensPerSecond);
      const admitted = tokens >= 1;
      buckets.set(identity, { tokens: admitted ? tokens - 1 : tokens, atMs: nowMs });
      return admitted ? accept(null) : reject('rate_limited', 'the bucket of this peer is empty');
    },
  };
}
