import { accept, type KeyExchangeBody, type Result, reject, verifyKeySet } from '@nyxera/federation-protocol';
import type { FeedbackSigning } from '../feedback/feedback-signing.ts';
import { describeFault, type Logger } from '../logging.ts';
import type { Database } from '../store/database.ts';
import type { TrustedIdentity, TrustSnapshot } from '../trust/trust-snapshot.ts';
import { loadAgentSet } from './load-agent-set.ts';
import { makeOwnSet } from './make-own-set.ts';

export interface KeyExchangeQuestion {
  readonly requestId: string;
  readonly identity: string;
  readonly trusted: TrustedIdentity;
  /** The mapped tenant, lower case. */
  readonly tenantId: string;
  readonly body: KeyExchangeBody;
  readonly trust: TrustSnapshot;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

export type KeyExchangeOutcome =
  | {
      readonly kind: 'exchanged';
      /** The gateway's own set; null: it has no key that could sign one for this tenant. */
      readonly keys: string | null;
      /** kids of the agent's set that may verify now. */
      readonly confirmed: readonly string[];
      readonly version: number;
    }
  /** Trust moved under it; nothing was done, and it is to be judged again. */
  | { readonly kind: 'trust-changed' };

/**
 * Takes the set of an agent and answers with the gateway's own (PROTOCOL.md section 19). A set that is refused changes
 * nothing. `service_unavailable` where it cannot be decided or signed now.
 */
export interface KeyDesk {
  exchange(question: KeyExchangeQuestion): Promise<Result<KeyExchangeOutcome>>;
}

export interface KeyDeskParts {
  readonly db: Database;
  readonly signing: Pick<FeedbackSigning, 'forTenant'>;
  readonly skewSeconds: number;
  readonly logger: Logger;
}

export function createKeyDesk(parts: KeyDeskParts): KeyDesk {
  const { logger } = parts;
  return {
    exchange: async (question) => {
      const { requestId, identity } = question;
      try {
        const outcome = await exchange(parts, question);
        if (!outcome.ok) {
          const { code, detail, path } = outcome;
          logger.warn('key_set.refused', { request_id: requestId, identity, code, detail, path });
        }
        return outcome;
      } catch (fault) {
        logger.error('key_set.failed', { request_id: requestId, ...describeFault(fault) });
        return reject('service_unavailable', 'the keys cannot be exchanged now');
      }
    },
  };
}

async function exchange(
  parts: KeyDeskParts,
  question: KeyExchangeQuestion,
): Promise<Result<KeyExchangeOutcome>> {
  const { requestId, identity, trusted, tenantId, body, trust, nowMs } = question;
  // Evidence and witness keys vouch for evidence and checkpoints, not for who may speak for the identity.
  const vouching = (kid: string) => trust.keyById(identity, 'telemetry', kid, nowMs);
  const set = verifyKeySet(body.keys, {
    issuer: identity,
    keys: (kid) => vouching(kid)?.key ?? null,
    now: Math.floor(nowMs / 1000),
    skewSeconds: parts.skewSeconds,
    // Compared under the trust lock, where it cannot move.
    loadedVersion: null,
  });
  if (!set.ok) return set;
  const signer = vouching(set.value.signedBy);
  if (signer === null) return reject('signature_invalid', 'the key is not trusted', '/keys');
  const loaded = await loadAgentSet(parts.db, {
    identity,
    requestId,
    tenantId,
    nowMs,
    tenants: intersection(trusted.tenants, signer.domain),
    trustVersion: trust.version,
    set: set.value,
    confirmed: body.confirmed,
  });
  if (!loaded.ok) return loaded;
  if (loaded.value.kind === 'trust-changed') return accept({ kind: 'trust-changed' });
  const keys = await parts.signing.forTenant(tenantId, trust, nowMs, async (own) =>
    own === null ? null : makeOwnSet(parts.db, own, tenantId, nowMs),
  );
  const { version } = set.value;
  return accept({ kind: 'exchanged', keys, confirmed: loaded.value.kids, version });
}

function intersection(
  left: ReadonlySet<string> | null,
  right: ReadonlySet<string> | null,
): ReadonlySet<string> | null {
  if (left === null || right === null) return left ?? right;
  return new Set([...left].filter((one) => right.has(one)));
}
