import type { Options } from '../cli/command.ts';
import { Turns } from '../incoming/turns.ts';
import { createApiMetrics } from '../local-api/api-metrics.ts';
import { localApi } from '../local-api/local-api.ts';
import { watchFolders } from '../watch/watch-service.ts';
import type { Service } from './service.ts';

/** What `run` starts beside delivery, in this order. A service that its settings switch off has nothing to do. */
export function daemonServices(options: Options): readonly Service[] {
  const metrics = createApiMetrics();
  const folders = Array.isArray(options.watch) ? options.watch.map(String) : [];
  // Two: a long report must not hold up a short one, and each may have a group of events in memory.
  const turns = new Turns(2);
  return [localApi({ metrics, reportTurns: turns }), watchFolders({ folders, count: metrics.report, turns })];
}
