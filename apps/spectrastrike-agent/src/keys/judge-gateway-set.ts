import type { DatabaseSync } from 'node:sqlite';
import {
  GATEWAY_ISSUER,
  type Result,
  reject,
  type VerifiedKeySet,
  verifyKeySet,
} from '@nyxera/federation-protocol';
import type { FeedbackVerifyKey } from '../config.ts';
import { feedbackKeyring } from '../trust/feedback-keyring.ts';
import { listTrustedKeys } from '../trust/trusted-keys.ts';
import { findExchange } from './exchange-store.ts';
import { type ExchangePlace, listGatewayKeys } from './gateway-keys.ts';

/** How far the clock of the gateway may be from ours, as for its feedback (PROTOCOL.md section 8). Seconds. */
const SKEW_SECONDS = 300;

/**
 * A set is believed if a key signed it that verifies feedback for this tenant already. The environment is the root:
 * the first set is signed by a key which it declares, or which a person took from a peer file. Beyond what `verifyKeySet`
 * refuses: `key_domain_violation` for a key that is not for this tenant (a set that was made for another one), and
 * `key_invalid` for a revoked key that comes back or a known name for another key.
 * @param now Unix seconds
 */
export function judgeGatewaySet(
  db: DatabaseSync,
  declared: readonly FeedbackVerifyKey[],
  place: ExchangePlace,
  jws: string,
  now: number,
): Result<VerifiedKeySet> {
  const known = listGatewayKeys(db, place);
  const trusted = listTrustedKeys(db);
  const set = verifyKeySet(jws, {
    issuer: GATEWAY_ISSUER,
    keys: feedbackKeyring(place.tenantId, declared, trusted, now, known),
    now,
    skewSeconds: SKEW_SECONDS,
    loadedVersion: findExchange(db, place)?.loadedVersion ?? null,
  });
  if (!set.ok) return set;
  const revoked = new Set(
    [...known, ...trusted].filter((one) => one.state === 'revoked').map((one) => one.key.kid),
  );
  for (const one of set.value.keys) {
    if (one.tenants === null || !one.tenants.includes(place.tenantId)) {
      return reject('key_domain_violation', 'the set holds a key that is not for this tenant');
    }
    if (one.state !== 'revoked' && revoked.has(one.key.kid)) {
      return reject('key_invalid', 'the set brings a revoked key back');
    }
    const namesakes = [...known, ...declared].filter((other) => other.kid === one.kid);
    if (namesakes.some((other) => other.key.kid !== one.key.kid)) {
      return reject('key_invalid', 'the set gives the name of a known key to another one');
    }
  }
  return set;
}
