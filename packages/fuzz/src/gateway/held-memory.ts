import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Loaded into the gateway's process before its program (`--import`), by the fuzzer alone: answers every message of the
 * parent with what is held after a full collection. Without one, the numbers say when the collector last ran, and
 * little about what is kept. Bytes.
 */
export interface HeldMemory {
  readonly rss: number;
  /** V8's heap: objects that something still refers to. */
  readonly heapUsed: number;
  /** Buffers and what else V8 owns outside its heap. */
  readonly external: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

process.on('message', () => {
  collect();
  // The finalizers of the first round free what the second one finds.
  setImmediate(() => {
    collect();
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send?.({ rss, heapUsed, external } satisfies HeldMemory);
  });
});
// The channel must not keep a gateway alive that is told to end.
process.channel?.unref();
