import { type Build, packageFolder, readBuild } from '@nyxera/federation-cli';

/** Of package.json and build.json of this package. */
export function agentBuild(): Build {
  return readBuild(packageFolder(import.meta.url));
}

export function agentVersion(): string {
  return agentBuild().version;
}
