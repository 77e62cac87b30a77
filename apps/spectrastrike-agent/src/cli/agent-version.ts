import { type Build, readBuild } from '@nyxera/federation-cli';

/** Of package.json and build.json, which lie two levels above this file, built or not. */
export function agentBuild(): Build {
  return readBuild(new URL('../../', import.meta.url));
}

export function agentVersion(): string {
  return agentBuild().version;
}
