import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { deferred } from '../../src/accept/deferred.ts';
import type { Integration } from '../../src/audit/integrate.ts';
import { IntegrationFault } from '../../src/audit/integration-fault.ts';
import { createIntegrationJob } from '../../src/audit/integration-job.ts';

const SIGNED: Integration = { kind: 'checkpoint', size: 1, entries: 1, tiles: 0, more: false };

/** An integrator that answers from a list, then idles; and a log that is kept. */
function setting(answers: readonly (Integration | Error)[]) {
  const lines: [string, unknown][] = [];
  const called: (() => void)[] = [];
  let calls = 0;
  const write =
    (level: string) =>
    (event: string, fields: object = {}): void =>
      void lines.push([`${level} ${event}`, fields]);
  return {
    lines,
    calls: () => calls,
    /** Resolves when the integrator has been called so often. */
    reached: async (count: number): Promise<void> => {
      while (calls < count) {
        const { promise, resolve } = deferred();
        called.push(resolve);
        await promise;
      }
    },
    logger: { debug: write('debug'), warn: write('warn'), error: write('error') },
    integrator: {
      integrate: async (): Promise<Integration> => {
        const answer = answers[calls] ?? { kind: 'idle' };
        calls += 1;
        for (const resolve of called.splice(0)) resolve();
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
  };
}

/** Longer than any test: only what wakes the job makes it go on. */
const NEVER = 3_600_000;

test('what is woken looks at once; what is not waits for its poll', async () => {
  const { integrator, logger, reached, calls } = setting([]);
  const job = createIntegrationJob(integrator, { logger, pollMs: NEVER });
  job.wake();
  job.start();
  job.start();
  await reached(1);
  await sleep(20);
  expect(calls()).toBe(1);
  job.wake();
  await reached(2);
  await job.stop();
  job.wake();
  expect(calls()).toBe(2);
});

test('it polls without being woken, and goes on at once while there is a backlog', async () => {
  const more: Integration = { ...SIGNED, more: true };
  const polled = setting([]);
  const polling = createIntegrationJob(polled.integrator, { logger: polled.logger, pollMs: 1 });
  polling.start();
  await polled.reached(4);
  await polling.stop();
  const behind = setting([more, more, SIGNED]);
  const catching = createIntegrationJob(behind.integrator, { logger: behind.logger, pauseMs: NEVER });
  catching.start();
  await behind.reached(3);
  await sleep(20);
  // After a round that took everything it rests, however often it is woken.
  catching.wake();
  await sleep(20);
  expect(behind.calls()).toBe(3);
  await catching.stop();
  expect(behind.lines.map(([line]) => line)).toEqual(Array(3).fill('debug audit.checkpoint'));
});

test('a fault is logged by its code and tried again; nothing ends the job but stop', async () => {
  const secret = 'postgres://user:secret@host';
  const { integrator, logger, reached, lines } = setting([
    new IntegrationFault('tree_forked', 'not the tree that was signed'),
    new Error(`cannot reach "${secret}"`),
    SIGNED,
  ]);
  const job = createIntegrationJob(integrator, { logger, pollMs: 1, pauseMs: 1 });
  job.start();
  await reached(4);
  await job.stop();
  expect(lines.slice(0, 3)).toMatchObject([
    ['error audit.integration_stopped', { code: 'tree_forked', class: 'security' }],
    ['warn audit.integration_failed', { fault: 'Error' }],
    ['debug audit.checkpoint', { size: 1, entries: 1 }],
  ]);
  expect(JSON.stringify(lines)).not.toContain('secret');
});
