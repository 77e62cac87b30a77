import { type AssembledGateway, assembleGateway } from '../accept/assemble-gateway.ts';
import { StartRefused } from '../accept/start-refused.ts';
import { createLogger, describeFault, type Logger } from '../logging.ts';
import { toJson } from './fleet-metrics.ts';
import type { WorkerReport } from './messages.ts';
import type { PrimaryChannel } from './primary-channel.ts';

/**
 * One of several workers: the federation listener, with a pool, a trust cache and a commit queue of its own. It takes
 * its configuration and every order from the primary, reads no environment and heeds no signal: a supervisor that
 * signals the whole group must not race the primary. Returns the exit code of the process.
 */
export async function serveWorker(channel: PrimaryChannel): Promise<number> {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => undefined);
  channel.open();
  const { slot, config } = await channel.start;
  const logger = createLogger(config.logLevel, process.stderr, { worker: slot });
  const stop = new AbortController();
  void channel.end.then(() => stop.abort());
  try {
    const parts = { logger, clock: { now: () => Date.now() }, stop: stop.signal, primary: channel.admin };
    const gateway = await assembleGateway(config, parts);
    await serveUntilOrdered(gateway, channel, logger);
    return 0;
  } catch (fault) {
    // Ordered to end while it was still waiting for its database.
    if (stop.signal.aborted) return 0;
    const exitCode = fault instanceof StartRefused ? fault.exitCode : 1;
    if (!(fault instanceof StartRefused)) logger.error('worker.failed', describeFault(fault));
    const message = fault instanceof StartRefused ? fault.message : 'a worker failed, see the log';
    await channel.say({ type: 'refused', exitCode, message });
    return exitCode;
  }
}

async function serveUntilOrdered(
  gateway: AssembledGateway,
  channel: PrimaryChannel,
  logger: Logger,
): Promise<void> {
  const report = async (): Promise<WorkerReport> => ({
    metrics: await toJson(gateway.metrics.registry),
    rssBytes: process.memoryUsage.rss(),
  });
  channel.answerWith(async (question) => {
    if (question.type !== 'reload') return report();
    await gateway.reload(question.next);
    return true;
  });
  await channel.say({ type: 'accepting', listen: gateway.listen });
  logger.info('worker.accepting', { listen: gateway.listen, pid: process.pid });
  if ((await channel.end) === 'retire') await gateway.drain();
  await gateway.close();
  await channel.say({ type: 'farewell', report: await report() });
  logger.info('worker.ended');
}
