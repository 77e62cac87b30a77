import { readFileSync } from 'node:fs';

/** Which program this is. */
export interface Build {
  readonly version: string;
  /** 40 hex digits of the commit that was built, with `-modified` where the tree differed from it; else `unknown`. */
  readonly commit: string;
}

/**
 * The version of package.json and the commit of build.json, which every build and every pack writes beside it
 * (`scripts/write-build.ts`). `folder` ends with a slash. What is not there is `unknown`: a version is shown also by
 * a program that is half installed.
 */
export function readBuild(folder: URL): Build {
  return {
    version: member(new URL('package.json', folder), 'version', /^\d+\.\d+\.\d+[\w.+-]*$/),
    commit: member(new URL('build.json', folder), 'commit', /^[0-9a-f]{40}(?:-modified)?$/),
  };
}

/** `name 0.1.0 (0123456789ab)`. */
export function describeBuild(program: string, { version, commit }: Build): string {
  return `${program} ${version} (${shortCommit(commit)})`;
}

/** Twelve digits, and whether the tree was modified. */
export function shortCommit(commit: string): string {
  return commit.replace(/^([0-9a-f]{12})[0-9a-f]{28}/, '$1');
}

function member(file: URL, name: string, form: RegExp): string {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const value = (parsed as Readonly<Record<string, unknown>> | null)?.[name];
    return typeof value === 'string' && form.test(value) ? value : 'unknown';
  } catch {
    return 'unknown';
  }
}
