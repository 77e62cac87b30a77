import { type Build, packageFolder, readBuild } from '@nyxera/federation-cli';

/** Of this package; a test compares it with package.json. */
export const VERSION = '0.1.0';

/** Of package.json and build.json of this package. */
export function gatewayBuild(): Build {
  return readBuild(packageFolder(import.meta.url));
}
