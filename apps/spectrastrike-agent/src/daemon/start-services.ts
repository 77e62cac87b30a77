import type { JsonLike } from '../cli/command-result.ts';
import { describeError } from './describe-error.ts';
import type { DaemonContext, Running, Service } from './service.ts';

export interface RunningServices {
  /** For the ready line: names, and where they listen. */
  describe(): readonly JsonLike[];
  /** As `describe`, with what each says of itself. */
  status(): readonly JsonLike[];
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** In order; where one cannot start, those before it are closed and its error is thrown. */
export async function startServices(
  services: readonly Service[],
  context: DaemonContext,
): Promise<RunningServices> {
  const started: { readonly name: string; readonly running: Running }[] = [];
  const close = async (): Promise<void> => {
    for (const { name, running } of started.splice(0).reverse()) {
      try {
        await running.close();
      } catch (error) {
        // The others must still come to their end.
        context.logger.warn('service.close', { service: name, ...describeError(error) });
      }
    }
  };
  try {
    for (const service of services) {
      started.push({ name: service.name, running: await service.start(context) });
    }
  } catch (error) {
    await close();
    throw error;
  }
  const describe = ({ name, running }: (typeof started)[number]) =>
    running.listen === undefined ? { name } : { name, listen: running.listen };
  return {
    describe: () => started.map(describe),
    status: () =>
      started.map((one) => ({
        ...describe(one),
        ...(one.running.status && { status: one.running.status() }),
      })),
    reload: async () => {
      for (const { name, running } of started) {
        try {
          await running.reload?.();
        } catch (error) {
          context.logger.warn('service.reload', { service: name, ...describeError(error) });
        }
      }
    },
    close,
  };
}
