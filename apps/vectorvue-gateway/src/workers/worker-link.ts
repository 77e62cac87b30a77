import cluster, { type Worker } from 'node:cluster';
import { deferred } from '../accept/deferred.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { Order, Word, WorkerReport } from './messages.ts';

export interface WorkerEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why it could not start, in its own words; null: it did not say. */
  readonly refusal: { readonly exitCode: number; readonly message: string } | null;
  /** How long it had been accepting, milliseconds; 0: it never was. */
  readonly livedMs: number;
}

type Question = { readonly type: 'readiness' } | { readonly type: 'report' } | Omit<ReloadOrder, 'id'>;
type ReloadOrder = Extract<Order, { type: 'reload' }>;

/** The primary's end of the channel to one worker, from its fork to its end. */
export class WorkerLink {
  readonly slot: number;
  readonly #worker: Worker;
  readonly #closeLostConnection: () => void;
  readonly #accepting = deferred<string>();
  readonly #ended = deferred<WorkerEnd>();
  readonly #questions = new Map<number, (value: unknown) => void>();
  #acceptingSinceMs: number | null = null;
  #refusal: WorkerEnd['refusal'] = null;
  #lastQuestion = 0;
  #isOver = false;
  #report: WorkerReport | null = null;
  /** Ordered to end: it counts no longer, and its end is no accident. */
  leaving = false;

  constructor(slot: number, config: GatewayConfig) {
    this.slot = slot;
    this.#worker = cluster.fork();
    this.#closeLostConnection = rememberHandedOver(this.#worker);
    // Whoever waits for it hears of the end as well; who does not must not be told of an unhandled rejection.
    this.#accepting.promise.catch(() => undefined);
    this.#worker.on('message', (word: Word) => this.#take(word, config));
    this.#worker.on('error', () => undefined);
    this.#worker.once('exit', (exitCode, signal) => this.#end(exitCode, signal));
  }

  get pid(): number | null {
    return this.#worker.process.pid ?? null;
  }

  /** `host:port` once it accepts; rejects where it ends before. */
  get accepting(): Promise<string> {
    return this.#accepting.promise;
  }

  get ended(): Promise<WorkerEnd> {
    return this.#ended.promise;
  }

  /** Accepts connections, and is to go on doing so. */
  get serves(): boolean {
    return this.#acceptingSinceMs !== null && !this.leaving && !this.#isOver;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** What it said last of what it has counted; null: nothing yet. */
  get report(): WorkerReport | null {
    return this.#report;
  }

  /** null: no answer in time, or the worker is gone. */
  async ask(question: Question, patienceMs: number): Promise<unknown> {
    this.#lastQuestion += 1;
    const id = this.#lastQuestion;
    const { promise, resolve } = deferred<unknown>();
    const timer = setTimeout(resolve, patienceMs, null);
    this.#questions.set(id, resolve);
    this.tell({ ...question, id } as Order);
    const value = await promise;
    clearTimeout(timer);
    this.#questions.delete(id);
    return value;
  }

  async refreshReport(patienceMs: number): Promise<void> {
    const value = await this.ask({ type: 'report' }, patienceMs);
    if (value !== null && !this.#isOver) this.#report = value as WorkerReport;
  }

  tell(order: Order): void {
    // A worker that is just ending does not read any more; its end is what is heard next.
    if (this.#worker.isConnected()) this.#worker.send(order, () => undefined);
  }

  /** Orders it to end, and kills it where that takes longer than `patienceMs`. Resolves when it is gone. */
  async dismiss(order: 'retire' | 'stop', patienceMs: number): Promise<void> {
    this.leaving = true;
    this.tell({ type: order });
    const timer = setTimeout(() => this.#worker.process.kill('SIGKILL'), patienceMs);
    await this.ended;
    clearTimeout(timer);
  }

  #take(word: Word, config: GatewayConfig): void {
    switch (word.type) {
      case 'awake':
        this.tell({ type: 'start', slot: this.slot, config });
        return;
      case 'accepting':
        this.#acceptingSinceMs = performance.now();
        this.#accepting.resolve(word.listen);
        return;
      case 'refused':
        this.#refusal = { exitCode: word.exitCode, message: word.message };
        return;
      case 'answer':
        this.#questions.get(word.id)?.(word.value);
        return;
      case 'farewell':
        this.#report = word.report;
    }
  }

  #end(exitCode: number | null, signal: string | null): void {
    this.#isOver = true;
    this.#closeLostConnection();
    for (const resolve of this.#questions.values()) resolve(null);
    const livedMs = this.#acceptingSinceMs === null ? 0 : performance.now() - this.#acceptingSinceMs;
    this.#accepting.reject(new Error('the worker ended before it accepted'));
    this.#ended.resolve({ exitCode, signal, refusal: this.#refusal, livedMs });
  }
}

/**
 * node:cluster hands connections to a worker one at a time, closes its own copy when the worker has said that it has
 * it, and forgets one whose worker died before: that client would wait for an answer until it loses patience, and
 * the descriptor would never come back. So the last one is remembered, and closed when the worker has ended; where
 * it had arrived it is closed already, and closing it again does nothing.
 */
function rememberHandedOver(worker: Worker): () => void {
  const child = worker.process;
  const send = child.send.bind(child) as (...parameters: unknown[]) => boolean;
  let last: { close?: () => void } | null = null;
  child.send = (...parameters: unknown[]): boolean => {
    if (typeof parameters[1] === 'object' && parameters[1] !== null) last = parameters[1];
    return send(...parameters);
  };
  return () => last?.close?.();
}
