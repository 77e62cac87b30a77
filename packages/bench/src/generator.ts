import { fileURLToPath } from 'node:url';
import { forkFile, nextMessage, stopChild } from './child.ts';
import type { IdleResult, Job, JobResult } from './generator-job.ts';

export interface Generator {
  run(job: Job): Promise<JobResult>;
  /** Opens so many connections, does one request on each, and holds them; with 0 it closes those and counts them. */
  idle(job: Job): Promise<IdleResult>;
  stop(): Promise<void>;
}

/** `sourceEvents`: how many events of the source it sends. */
export async function startGenerator(core: number | null, sourceEvents: number): Promise<Generator> {
  const file = fileURLToPath(new URL('generator-process.ts', import.meta.url));
  const child = await forkFile(file, core, [String(sourceEvents)]);
  const ask = async <Result>(job: Job): Promise<Result> => {
    child.send(job);
    const message = (await nextMessage(child)) as { result?: Result; fault?: string };
    if (message.result === undefined) throw new Error(`the generator failed: ${message.fault}`);
    return message.result;
  };
  return {
    run: (job) => ask<JobResult>(job),
    idle: (job) => ask<IdleResult>({ ...job, mode: 'idle' }),
    stop: () => stopChild(child),
  };
}
