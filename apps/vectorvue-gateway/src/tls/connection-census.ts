import type { TLSSocket } from 'node:tls';
import { isNamed } from '../accept/identify-peer.ts';
import type { Peer } from '../accept/inbound-request.ts';
import { peerOf } from '../mtls-server.ts';
import type { TrustCache } from '../trust/trust-cache.ts';
import { isWithin, type TrustSnapshot } from '../trust/trust-snapshot.ts';
import type { Expiry } from './expiries.ts';
import type { ChainWithdrawal, PeerAuthorities } from './peer-authorities.ts';

/** How often connections are looked at without a change: a pin may also end by its time. Milliseconds. */
const SWEEP_INTERVAL_MS = 1000;
/** What a request that is under way on such a connection may still take; it is refused by the commit. Milliseconds. */
const LAST_ANSWER_MS = 1000;
/** Certificates whose end is remembered after their connection ended. */
const MAX_REMEMBERED = 10_000;

/** `name_withdrawn`: the identity asks for another SPIFFE name by now. */
export type Withdrawal = ChainWithdrawal | 'pin_withdrawn' | 'name_withdrawn';

export interface CensusParts {
  readonly trust: Pick<TrustCache, 'current' | 'onChange'>;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Whether a request on it is not answered yet; it will be the last one. */
  readonly endAfterAnswer: (socket: TLSSocket) => boolean;
  readonly onClosed: (reason: Withdrawal, peer: Peer) => void;
}

/**
 * The living connections of the federation listener, and what ends them before their time: a pin that was withdrawn
 * under the identity as which a connection spoke, a revoked certificate, a CA that is no longer one. Who never
 * identified is left alone: every request of theirs is refused anyway, with a word.
 *
 * A connection that is idle is closed at once. One with a request under way gets its answer, a refusal: step 14 of
 * PROTOCOL.md section 5 judges by the trust at commit.
 */
export class ConnectionCensus implements Disposable {
  readonly #parts: CensusParts;
  readonly #sockets = new Set<TLSSocket>();
  readonly #ending = new WeakSet<TLSSocket>();
  readonly #remembered = new Map<string, Expiry>();
  readonly #timer: NodeJS.Timeout;
  /** null: those that OpenSSL has judged by are still the ones. */
  #authorities: PeerAuthorities | null = null;

  constructor(parts: CensusParts) {
    this.#parts = parts;
    parts.trust.onChange((snapshot) => this.#sweepPins(snapshot));
    this.#timer = setInterval(() => this.#sweepPins(parts.trust.current()), SWEEP_INTERVAL_MS);
    this.#timer.unref();
  }

  /** A handshake has ended well. */
  add(socket: TLSSocket): void {
    // It may have been judged by what was loaded when it began.
    if (this.#endIfChainFell(socket)) return;
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#remember(socket);
    });
  }

  /** Others than those that the living connections were judged by. */
  judgeBy(authorities: PeerAuthorities): void {
    this.#authorities = authorities;
    for (const socket of this.#sockets) this.#endIfChainFell(socket);
  }

  /** Of the client certificates that were seen and are pinned. */
  expiries(): readonly Expiry[] {
    for (const socket of this.#sockets) this.#remember(socket);
    const [trust, nowMs] = [this.#parts.trust.current(), this.#parts.now()];
    for (const [key, { identity, sha256 }] of this.#remembered) {
      if (!isPinned(trust, identity, sha256, nowMs)) this.#remembered.delete(key);
    }
    return [...this.#remembered.values()];
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #sweepPins(trust: TrustSnapshot): void {
    const nowMs = this.#parts.now();
    for (const socket of this.#sockets) {
      const peer = peerOf(socket);
      if (peer === null) continue;
      for (const identity of peer.identities) {
        if (!isPinned(trust, identity, peer.certificateSha256, nowMs)) this.#end(socket, 'pin_withdrawn');
        else if (!isNamed(trust.identity(identity)?.spiffeId ?? null, peer.uriNames)) {
          this.#end(socket, 'name_withdrawn');
        }
      }
    }
  }

  #endIfChainFell(socket: TLSSocket): boolean {
    const reason = this.#authorities?.judge(socket) ?? null;
    if (reason !== null) this.#end(socket, reason);
    return reason !== null;
  }

  #end(socket: TLSSocket, reason: Withdrawal): void {
    if (this.#ending.has(socket) || socket.destroyed) return;
    this.#ending.add(socket);
    const peer = peerOf(socket);
    if (peer !== null) this.#parts.onClosed(reason, peer);
    if (this.#parts.endAfterAnswer(socket)) setTimeout(() => socket.destroy(), LAST_ANSWER_MS).unref();
    else socket.destroy();
  }

  #remember(socket: TLSSocket): void {
    const peer = peerOf(socket);
    for (const identity of peer?.identities ?? []) {
      const { certificateSha256: sha256, notAfterMs: atMs } = peer as Peer;
      const key = `${sha256} ${identity}`;
      // The oldest goes first; `expiries` throws out those whose pin has gone.
      if (this.#remembered.size >= MAX_REMEMBERED && !this.#remembered.has(key)) {
        this.#remembered.delete(this.#remembered.keys().next().value ?? '');
      }
      this.#remembered.set(key, { what: 'client', sha256, identity, atMs });
    }
  }
}

function isPinned(trust: TrustSnapshot, identity: string, sha256: string, nowMs: number): boolean {
  const pins = trust.identity(identity)?.pins ?? [];
  return pins.some((pin) => pin.sha256 === sha256 && isWithin(pin.notBeforeMs, pin.notAfterMs, nowMs));
}
