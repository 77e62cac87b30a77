import { type Build, readBuild } from '@nyxera/federation-cli';

/** Of this package; a test compares it with package.json. */
export const VERSION = '0.1.0';

/** Of package.json and build.json, which lie one above this file, built or not. */
export function gatewayBuild(): Build {
  return readBuild(new URL('../', import.meta.url));
}
