import type { Signer } from '@nyxera/federation-key-custody';
import type { State } from '../state/open-state.ts';
import { listOwnKeys, type OwnKey, ownKeyIn } from './own-keys.ts';

/** How often the state is looked at, at most; between requests, never by a timer. Milliseconds. */
const LOOK_EVERY_MS = 250;

export type FollowedKeyNews =
  | { readonly kind: 'taken'; readonly kid: string }
  /** The next key cannot be opened; the present one signs on, for as long as gateways take it. */
  | { readonly kind: 'refused'; readonly kid: string; readonly code: string };

export interface FollowKeyParts {
  readonly state: State;
  /** What signs when the run begins. Closed by whoever opened it. */
  readonly first: Signer;
  readonly open: (
    signerUri: string,
  ) => Promise<{ readonly ok: true; readonly value: Signer } | { readonly ok: false; readonly code: string }>;
  readonly onNews: (news: FollowedKeyNews) => void;
  /** Milliseconds that only grow. */
  readonly elapsed: () => number;
}

export interface FollowedKey extends AsyncDisposable {
  /** The key that signs now: signature and kid of one request must both be of one answer. */
  current(): Promise<Signer>;
}

/**
 * The telemetry key of a run that may outlive its rotation. Gateways take the old key only until the overlap is over
 * (PROTOCOL.md section 15), so a run that signed on with it would be refused then, in the middle of a delivery.
 *
 * Only a key that rotations led to from the present one is taken over: which key a run begins with is decided by what
 * the environment declares (`activeKeys`). Nothing that signed is closed before the run ends, because a request may
 * still be about to sign with it.
 */
export function followActiveKey(parts: FollowKeyParts): FollowedKey {
  const { state, first, open, onNews, elapsed } = parts;
  const opened: Signer[] = [];
  let signer = first;
  let refusedKid: string | null = null;
  let nextLook = elapsed() + LOOK_EVERY_MS;
  let looking: Promise<Signer> | null = null;

  const look = async (): Promise<Signer> => {
    const kid = await signer.kid();
    const next = successor(
      state.read(() => listOwnKeys(state.db)),
      kid,
    );
    if (next === null) return signer;
    const result = await open(next.signerUri);
    const isThatKey = result.ok && (await result.value.kid()) === next.kid;
    if (result.ok) opened.push(result.value);
    if (result.ok && isThatKey) {
      signer = result.value;
      onNews({ kind: 'taken', kid: next.kid });
    } else if (refusedKid !== next.kid) {
      refusedKid = next.kid;
      onNews({ kind: 'refused', kid: next.kid, code: result.ok ? 'key_mismatch' : result.code });
    }
    return signer;
  };

  return {
    current: () => {
      if (looking !== null) return looking;
      if (elapsed() < nextLook) return Promise.resolve(signer);
      nextLook = elapsed() + LOOK_EVERY_MS;
      looking = look().finally(() => {
        looking = null;
      });
      return looking;
    },
    [Symbol.asyncDispose]: async () => {
      for (const one of opened) await one.close();
    },
  };
}

/** The key that signs now, where that is another and the given one was rotated away; null: go on. */
function successor(own: readonly OwnKey[], kid: string): OwnKey | null {
  const active = ownKeyIn(own, 'telemetry', 'active');
  if (active?.source !== 'generated' || active.kid === kid) return null;
  const rotatedAway = own.some(
    (one) => one.purpose === 'telemetry' && one.kid === kid && one.state === 'retiring',
  );
  return rotatedAway ? active : null;
}
