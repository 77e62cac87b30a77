import type { DeliveryProgress } from '../deliver/types.ts';
import type { CliContext } from './cli-context.ts';
import { countProgress } from './count-progress.ts';

export interface SendProgress {
  update(progress: DeliveryProgress): void;
  stop(): void;
}

/** The bar of a delivery: what is pending may grow while it runs. */
export function sendProgress(context: CliContext, json: boolean): SendProgress {
  const bar = countProgress(context, json, 'events');
  return {
    update: (progress) => {
      const done = progress.delivered + progress.duplicates + progress.quarantined;
      bar.update(done, done + progress.pending);
    },
    stop: () => bar.stop(),
  };
}
