import { fileURLToPath } from 'node:url';
import { forkFile, nextMessage, stopChild } from './child.ts';
import type { IdleResult, Job, JobResult } from './generator-job.ts';

export interface Generator {
  run(job: Job): Promise<JobResult>;
  /** Opens so many connections, does one request on each, and holds them; with 0 it closes those and counts them. */
  idle(job: Job): Promise<IdleResult>;
  stop(): Promise<void>;
}

export async function startGenerator(core: number | null): Promise<Generator> {
  const child = await forkFile(fileURLToPath(new URL('generator-process.ts', import.meta.url)), core);
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
