import type { Signer } from '@nyxera/federation-key-custody';
import {
  canonicalizeCompat,
  type KeyExchangeAnswer,
  type KeySetKey,
  makeKeySet,
  parseKeyExchangeAnswer,
} from '@nyxera/federation-protocol';
import type { FeedbackVerifyKey } from '../config.ts';
import type { SendSigned } from '../prepare-envelope.ts';
import { appendSecurityEntry } from '../security-log.ts';
import type { State } from '../state/open-state.ts';
import { findExchange, recordConfirmations, recordExchange, takeSetVersion } from './exchange-store.ts';
import { type ExchangePlace, listGatewayKeys, mayVerify, storeGatewayKeys } from './gateway-keys.ts';
import { judgeGatewaySet } from './judge-gateway-set.ts';
import { adoptDeclaredKey, listOwnKeys, type OwnKey } from './own-keys.ts';

export const KEYS_PATH = '/internal/v1/federation/keys';
/** How long gateways still take what a key signed after another was declared in its place. Seconds. */
export const DEFAULT_OVERLAP_SECONDS = 7 * 86_400;

/** With whom and for whom. */
export interface ExchangeLane {
  readonly operatorId: string;
  /** Verbatim. */
  readonly tenantId: string;
}

export interface ExchangeParts {
  readonly state: State;
  readonly sendSigned: SendSigned;
  /** Signs requests and sets: the active telemetry key. */
  readonly signer: Signer;
  readonly signerUri: string;
  /** A key of its own for evidence; null: the telemetry key signs evidence too. */
  readonly evidence: { readonly key: OwnKey['key']; readonly signerUri: string } | null;
  readonly identity: string;
  readonly gateway: string;
  readonly declared: readonly FeedbackVerifyKey[];
  /** Unix milliseconds. */
  readonly now: () => number;
}

export type ExchangeOutcome =
  | {
      readonly kind: 'exchanged';
      /** Ours that the gateway takes for the tenant. */
      readonly confirmed: readonly string[];
      /** The gateway's that verify here now and did not before. */
      readonly learned: readonly string[];
    }
  /** A deployed gateway: keys go by file. */
  | { readonly kind: 'unsupported'; readonly code: string; readonly detail: string }
  /** Not reached, or it would not have our set. */
  | { readonly kind: 'failed'; readonly code: string; readonly detail: string }
  /** It answered with a set that is not to be believed; what was loaded before stands. */
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string };

/**
 * One exchange of key sets (PROTOCOL.md section 19), and a second one where the first taught something: so the gateway
 * hears at once that its new key is loaded, and need not wait until the next is due. Never throws for what a network or
 * a gateway can do.
 */
export async function exchangeKeys(parts: ExchangeParts, lane: ExchangeLane): Promise<ExchangeOutcome> {
  const first = await exchangeOnce(parts, lane);
  if (first.kind !== 'exchanged' || first.learned.length === 0) return first;
  const second = await exchangeOnce(parts, lane);
  return second.kind === 'exchanged' ? { ...second, learned: first.learned } : first;
}

async function exchangeOnce(parts: ExchangeParts, lane: ExchangeLane): Promise<ExchangeOutcome> {
  const { state, signer } = parts;
  const place: ExchangePlace = { gateway: parts.gateway, tenantId: lane.tenantId.toLowerCase() };
  const kid = await signer.kid();
  const own = await takeOwnSet(parts);
  const known = state.read(() => listGatewayKeys(state.db, place));
  const loadedBefore = state.read(() => findExchange(state.db, place))?.loadedVersion ?? null;
  const nowSeconds = Math.floor(parts.now() / 1000);
  const loaded = known.filter((one) => mayVerify(one, nowSeconds)).map((one) => one.kid);
  let keys: string;
  try {
    const set = { issuer: parts.identity, issuedAt: nowSeconds, ...own };
    keys = await makeKeySet(set, { kid, sign: (message) => signer.sign(message) });
  } catch {
    return settle(parts, place, failed('key_unavailable', 'the signing key could not be used'));
  }
  const sent = await parts.sendSigned(KEYS_PATH, (timestamp, nonce) =>
    canonicalizeCompat({
      operator_id: lane.operatorId,
      tenant_id: lane.tenantId,
      timestamp,
      nonce,
      keys,
      confirmed: loaded,
    }),
  );
  const { outcome } = sent;
  if (outcome.kind !== 'answer') {
    const code = outcome.kind === 'unreachable' ? outcome.reason : outcome.kind;
    return settle(
      parts,
      place,
      failed(outcome.kind === 'untrusted' ? outcome.code : code, 'nothing was exchanged'),
    );
  }
  if (outcome.status === 404 || outcome.status === 405) {
    const detail = 'this gateway does not exchange keys; they go by file';
    return settle(parts, place, { kind: 'unsupported', code: String(outcome.status), detail });
  }
  if (outcome.status !== 200) {
    return settle(
      parts,
      place,
      failed(outcome.code ?? String(outcome.status), 'the gateway did not take the set'),
    );
  }
  const answer = parseKeyExchangeAnswer(outcome.body);
  if (!answer.ok) return settle(parts, place, { kind: 'refused', code: answer.code, detail: answer.detail });
  return takeAnswer(parts, place, answer.value, { kids: loaded, version: loadedBefore });
}

/** The version is counted and what goes into the set is read in one transaction: a higher version is never older. */
async function takeOwnSet(
  parts: ExchangeParts,
): Promise<{ readonly version: number; readonly keys: readonly KeySetKey[] }> {
  const { state, evidence } = parts;
  const key = await parts.signer.publicKey();
  const nowMs = parts.now();
  const now = Math.floor(nowMs / 1000);
  return state.transaction(() => {
    const until = now + DEFAULT_OVERLAP_SECONDS;
    const telemetry = { purpose: 'telemetry' as const, key, signerUri: parts.signerUri };
    adoptDeclaredKey(state.db, telemetry, until, nowMs);
    if (evidence !== null) adoptDeclaredKey(state.db, { purpose: 'evidence', ...evidence }, until, nowMs);
    // A revoked one stays in it: that is how a gateway learns of it.
    const told = listOwnKeys(state.db).filter(
      (one) => one.state === 'revoked' || one.notAfter === null || one.notAfter > now,
    );
    const keys = told.map((one) => declare(one, evidence !== null));
    return { version: takeSetVersion(state.db, now), keys };
  });
}

/** The next key is announced as one that may verify: gateways must take it before it signs anything. */
function declare(own: OwnKey, evidenceApart: boolean): KeySetKey {
  const purposes = own.purpose === 'telemetry' && !evidenceApart ? OF_BOTH : [own.purpose];
  return {
    kid: own.kid,
    key: own.key,
    purposes,
    tenants: null,
    notBefore: null,
    notAfter: own.notAfter,
    state: own.state === 'pending' ? 'active' : own.state,
  };
}

const OF_BOTH = ['telemetry', 'evidence'] as const;

function takeAnswer(
  parts: ExchangeParts,
  place: ExchangePlace,
  answer: KeyExchangeAnswer,
  before: { readonly kids: readonly string[]; readonly version: number | null },
): ExchangeOutcome {
  const { state } = parts;
  const nowMs = parts.now();
  const now = Math.floor(nowMs / 1000);
  return state.transaction(() => {
    const set =
      answer.keys === null ? null : judgeGatewaySet(state.db, parts.declared, place, answer.keys, now);
    const loadedNow = findExchange(state.db, place)?.loadedVersion ?? null;
    if (set?.ok === false && set.code === 'replay_detected' && loadedNow !== before.version) {
      // Another process of ours exchanged meanwhile and has the newer one: that is no replay by anybody.
      recordConfirmations(state.db, place, answer.confirmed, nowMs);
      return record(parts, place, { kind: 'exchanged', confirmed: answer.confirmed, learned: [] });
    }
    if (set !== null && !set.ok)
      return record(parts, place, { kind: 'refused', code: set.code, detail: set.detail });
    if (set !== null) storeGatewayKeys(state.db, place, set.value.keys, now);
    recordConfirmations(state.db, place, answer.confirmed, nowMs);
    const living = (set?.value.keys ?? []).filter((one) => mayVerify(one, now)).map(({ kid }) => kid);
    const learned = living.filter((kid) => !before.kids.includes(kid));
    const outcome = { kind: 'exchanged', confirmed: answer.confirmed, learned } as const;
    return record(parts, place, outcome, set?.value.version ?? null);
  });
}

function failed(code: string, detail: string): ExchangeOutcome {
  return { kind: 'failed', code, detail };
}

function settle(parts: ExchangeParts, place: ExchangePlace, outcome: ExchangeOutcome): ExchangeOutcome {
  return parts.state.transaction(() => record(parts, place, outcome));
}

/** Within a transaction. A set that is not to be believed is a matter for the security log. */
function record(
  parts: ExchangeParts,
  place: ExchangePlace,
  outcome: ExchangeOutcome,
  version: number | null = null,
): ExchangeOutcome {
  const { db } = parts.state;
  const exchanged = outcome.kind === 'exchanged';
  const code = exchanged ? null : outcome.code;
  const detail = exchanged ? 'both sets are loaded' : outcome.detail;
  const attemptedAtMs = parts.now();
  recordExchange(db, { ...place, attemptedAtMs, outcome: outcome.kind, code, detail }, version);
  if (outcome.kind === 'refused') {
    appendSecurityEntry(db, {
      atMs: attemptedAtMs,
      class: 'trust',
      code: outcome.code,
      detail: `key set of the gateway: ${outcome.detail}`,
      tenantId: place.tenantId,
      ref: place.gateway,
    });
  }
  return outcome;
}
