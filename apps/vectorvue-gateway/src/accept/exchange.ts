import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Traceparent } from '@nyxera/federation-protocol';
import type { Endpoint } from '../store/commit-types.ts';
import { deferred } from './deferred.ts';

/** One request that is being answered. */
export interface Exchange {
  readonly requestId: string;
  readonly endpoint: Endpoint | null;
  readonly startedAtMs: number;
  readonly request: IncomingMessage;
  /** What the peer says it belongs to; unsigned, logged only. null: nothing, or nothing that has the form. */
  readonly trace: Traceparent | null;
  /** Of the body, received so far and held until the answer is out. */
  heldBytes: number;
}

/**
 * The exchanges in flight: what a graceful shutdown waits for, whose bodies fill the memory, and what tells a malformed
 * body of the request at hand from a malformed request behind one that is still being answered.
 */
export class Exchanges {
  readonly #open = new Map<Socket, Set<Exchange>>();
  readonly #maxHeldBytes: number;
  #count = 0;
  #heldBytes = 0;
  #whenIdle: (() => void) | null = null;

  /** `maxHeldBytes`: of all bodies together. */
  constructor(maxHeldBytes: number) {
    this.#maxHeldBytes = maxHeldBytes;
  }

  /** Bytes of bodies that were received and are not answered yet. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** More of a body has arrived. False: there is no room for it, and nothing was added. */
  hold(exchange: Exchange, bytes: number): boolean {
    if (this.#heldBytes + bytes > this.#maxHeldBytes) return false;
    exchange.heldBytes += bytes;
    this.#heldBytes += bytes;
    return true;
  }

  open(exchange: Exchange, response: ServerResponse): void {
    const { socket } = exchange.request;
    const ofSocket = this.#open.get(socket) ?? new Set();
    this.#open.set(socket, ofSocket.add(exchange));
    this.#count += 1;
    response.once('close', () => {
      ofSocket.delete(exchange);
      if (ofSocket.size === 0) this.#open.delete(socket);
      this.#count -= 1;
      this.release(exchange);
      if (this.#count === 0) this.#whenIdle?.();
    });
  }

  /** What arrived of its body is thrown away, or was answered. */
  release(exchange: Exchange): void {
    this.#heldBytes -= exchange.heldBytes;
    exchange.heldBytes = 0;
  }

  /** The exchanges of one connection, oldest first; several where the peer pipelines. */
  of(socket: Socket): readonly Exchange[] {
    return [...(this.#open.get(socket) ?? [])];
  }

  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    const { promise, resolve } = deferred();
    this.#whenIdle = resolve;
    return promise;
  }
}
