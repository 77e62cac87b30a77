import { SignerFault } from '../signer-fault.ts';
import type { SignedItem } from './sign-batch.ts';

interface Waiting {
  readonly message: Uint8Array;
  readonly resolve: (signature: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

export type SignTogether = (messages: readonly Uint8Array[]) => Promise<readonly SignedItem[]>;

/** Requests on their way at once. The second one fills the time in which the first one travels. */
const IN_FLIGHT = 2;
const MAX_ITEMS = 256;
/** Bytes of messages in one request; one that is larger goes alone. Vault takes 32 MiB, of base64. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Whatever is asked for while requests are on their way goes together in the next one: no timer, no delay when idle,
 * and the slower the server is, the larger the batches are.
 */
export class BatchQueue {
  readonly #signTogether: SignTogether;
  readonly #waiting: Waiting[] = [];
  #inFlight = 0;

  constructor(signTogether: SignTogether) {
    this.#signTogether = signTogether;
  }

  sign(message: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, resolve, reject });
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#inFlight < IN_FLIGHT && this.#waiting.length > 0) {
      this.#inFlight += 1;
      void this.#flush(this.#take()).finally(() => {
        this.#inFlight -= 1;
        this.#pump();
      });
    }
  }

  #take(): readonly Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { message } of this.#waiting) {
      bytes += message.length;
      if (count > 0 && (count === MAX_ITEMS || bytes > MAX_BYTES)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #flush(batch: readonly Waiting[]): Promise<void> {
    try {
      const signed = await this.#signTogether(batch.map(({ message }) => message));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const item = signed[index];
        if (item instanceof Uint8Array) resolve(item);
        else reject(item ?? new SignerFault('vault_answer_invalid', 'a message was not answered'));
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
