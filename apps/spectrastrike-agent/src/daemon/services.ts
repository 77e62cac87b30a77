import type { Options } from '../cli/command.ts';
import type { Service } from './service.ts';

/** What `run` starts beside delivery, in this order. A service that its settings switch off is not in the list. */
export function daemonServices(_options: Options): readonly Service[] {
  return [];
}
