import type { ConfigFault } from '../config/gateway-config.ts';

/** What the environment has wrong, all at once. Ends with exit code 78. */
export class ConfigurationFaults extends Error {
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super('the configuration is not usable');
    this.faults = faults;
  }
}
