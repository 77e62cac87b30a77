import { Worker } from 'node:worker_threads';
import { describeFault, type Logger } from '../logging.ts';
import { type SignatureVerifier, verifyHere } from './signature-verifier.ts';
import { lengthOf, type Question, Questions } from './verify-questions.ts';

/** Enough that a message to a thread is not what is paid for, and few enough that the first does not wait for the last. */
const MOST_AT_ONCE = 16;
/** Messages that a thread has at once: it goes on with the next while the event loop has not come to the answer yet. */
const MOST_MESSAGES = 4;
const MOST_BYTES_AT_ONCE = 4 * 1024 * 1024;
/** MiB. A thread holds one message at a time, outside of its heap; by default it would grow to what a gateway has. */
const SMALL_HEAP = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 } as const;
/** Threads that end one after the other without a single answer: there is something wrong that another will not mend. */
const MOST_FAILURES = 3;

/**
 * On threads of their own, by natural batching: while a thread verifies, what arrives waits, and goes to it as one
 * message. The event loop of a gateway that is one process is what limits it, and this takes the least of it: measured in
 * one run for 2.3 KB and 64 waiting, main thread per signature: 173 us inline, 20 us on the thread pool (of which a job
 * is made for each), 5 us here; processor time in all 176, 198 and 194 us.
 *
 * A thread that dies is replaced, and what it was asked is decided here meanwhile: no request is refused for it. Where
 * threads cannot be had at all, everything is decided here.
 */
export function verifyOnThreads(count: number, logger: Pick<Logger, 'error'>): SignatureVerifier {
  const waiting: Question[] = [];
  const threads: Thread[] = [];
  let closing = false;
  let scheduled = false;
  let failures = 0;

  const start = (): Thread => {
    const worker = new Worker(threadFile(), { resourceLimits: SMALL_HEAP });
    // A gateway that is stopping does not wait for it.
    worker.unref();
    const thread: Thread = { worker, questions: new Questions(), asked: [] };
    worker.on('message', (answers: Uint8Array) => {
      failures = 0;
      // A port keeps the order, so that the first answer is to the first message.
      const asked = thread.asked.shift() ?? [];
      for (const [index, question] of asked.entries()) question.resolve(answers[index] === 1);
      next(thread);
    });
    worker.on('error', (fault) => logger.error('verify.thread_failed', describeFault(fault)));
    worker.on('exit', () => {
      threads.splice(threads.indexOf(thread), 1);
      for (const question of thread.asked.flat()) decideHere(question);
      if (closing) return;
      failures += 1;
      if (failures < MOST_FAILURES) threads.push(start());
      else if (threads.length === 0) logger.error('verify.threads_given_up');
      for (const idle of threads) next(idle);
      if (threads.length === 0) for (const question of waiting.splice(0)) decideHere(question);
    });
    return thread;
  };

  const idlest = (): Thread | undefined =>
    threads.reduce<Thread | undefined>(
      (least, thread) => (least === undefined || thread.asked.length < least.asked.length ? thread : least),
      undefined,
    );

  const next = (thread: Thread | undefined): void => {
    if (thread === undefined || waiting.length === 0 || thread.asked.length >= MOST_MESSAGES) return;
    let bytes = 0;
    let some = 0;
    while (some < waiting.length && some < MOST_AT_ONCE && bytes < MOST_BYTES_AT_ONCE) {
      bytes += lengthOf(waiting[some]?.message ?? []);
      some += 1;
    }
    const asked = waiting.splice(0, some);
    thread.asked.push(asked);
    const message = thread.questions.write(asked);
    thread.worker.postMessage(message, [message.bytes]);
  };

  for (let index = 0; index < count; index += 1) threads.push(start());

  return {
    verify: (key, message, signature) => {
      // The thread cuts 64 bytes; what has another length is no signature anyway.
      if (closing || threads.length === 0 || signature.length !== 64)
        return Promise.resolve(verifyHere(key, message, signature));
      return new Promise((resolve) => {
        waiting.push({ key, message, signature, resolve });
        if (waiting.length >= MOST_AT_ONCE) next(idlest());
        else if (!scheduled) {
          // What this turn of the event loop still brings goes along: a message costs half a signature.
          scheduled = true;
          setImmediate(() => {
            scheduled = false;
            const thread = idlest();
            if (thread?.asked.length === 0) next(thread);
          });
        }
      });
    },
    close: async () => {
      closing = true;
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
      for (const question of waiting.splice(0)) decideHere(question);
    },
  };
}

interface Thread {
  readonly worker: Worker;
  readonly questions: Questions;
  /** What each message that is not answered yet asked; empty: it is idle. */
  readonly asked: Question[][];
}

function decideHere({ key, message, signature, resolve }: Question): void {
  resolve(verifyHere(key, message, signature));
}

/** From the sources as from the build. */
function threadFile(): URL {
  return new URL(`./verify-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
}
