import { fileURLToPath } from 'node:url';
import { forkFile, nextMessage, stopChild } from './child.ts';
import type { Job, JobResult } from './generator-job.ts';

export interface Generator {
  run(job: Job): Promise<JobResult>;
  stop(): Promise<void>;
}

export async function startGenerator(core: number | null): Promise<Generator> {
  const child = await forkFile(fileURLToPath(new URL('generator-process.ts', import.meta.url)), core);
  return {
    async run(job) {
      child.send(job);
      const message = (await nextMessage(child)) as { result?: JobResult; fault?: string };
      if (message.result === undefined) throw new Error(`the generator failed: ${message.fault}`);
      return message.result;
    },
    stop: () => stopChild(child),
  };
}
