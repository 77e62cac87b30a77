import { deferred } from '../accept/deferred.ts';
import type { AdminListener, ReadinessReasons } from '../admin-app.ts';
import type { Order, Word } from './messages.ts';

type Question = Extract<Order, { readonly id: number }>;

/** The worker's end of the channel to its primary. */
export class PrimaryChannel {
  readonly #start = deferred<Extract<Order, { type: 'start' }>>();
  readonly #end = deferred<'retire' | 'stop'>();
  #reasons: ReadinessReasons = async () => ['starting: the store is not open yet'];
  #answer: (question: Question) => Promise<unknown> = async () => null;

  /** Its first order. */
  get start(): Promise<Extract<Order, { type: 'start' }>> {
    return this.#start.promise;
  }

  /** The order to end. */
  get end(): Promise<'retire' | 'stop'> {
    return this.#end.promise;
  }

  /** What stands for the administration listener in a worker: the primary asks, over this channel. */
  get admin(): AdminListener {
    return {
      listen: '',
      reportReadiness: (reasons) => {
        this.#reasons = reasons;
      },
      // The primary serves these by itself.
      serveLog: () => undefined,
      serveConsole: () => undefined,
      metricsText: async () => '',
      readinessReasons: async () => [],
      close: async () => undefined,
    };
  }

  open(): void {
    process.on('message', (order: Order) => void this.#take(order));
    void this.say({ type: 'awake' });
  }

  /** How questions other than that for readiness are answered from now on. */
  answerWith(answer: (question: Question) => Promise<unknown>): void {
    this.#answer = answer;
  }

  /** Resolves when it is on its way; a primary that is gone hears nothing, and this process ends anyway. */
  say(word: Word): Promise<void> {
    const { promise, resolve } = deferred();
    if (process.connected) process.send?.(word, () => resolve());
    else resolve();
    return promise;
  }

  async #take(order: Order): Promise<void> {
    switch (order.type) {
      case 'start':
        this.#start.resolve(order);
        return;
      case 'retire':
      case 'stop':
        this.#end.resolve(order.type);
        return;
      case 'readiness':
      case 'report':
      case 'reload': {
        // null is "I cannot say": the primary counts it as no answer.
        const value = await (order.type === 'readiness' ? this.#reasons() : this.#answer(order)).catch(
          () => null,
        );
        await this.say({ type: 'answer', id: order.id, value });
      }
    }
  }
}
