/**
 * The images' recipes, read: no engine builds them here. What this does not see: whether the base exists, whether the
 * steps succeed in it, and what is in the image. The steps themselves are run by hand (infra/docker/README.md).
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { validate } from 'dockerfile-utils';

const root = new URL('../../../', import.meta.url).pathname;
const packageJson = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

/** Instructions of the last stage, continued lines as one, comments out. */
function lastStage(text: string): readonly string[] {
  const lines = text
    .replace(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
}

describe.each(['gateway', 'agent'])('infra/docker/%s.Dockerfile', (name) => {
  const text = readFileSync(`${root}infra/docker/${name}.Dockerfile`, 'utf8');
  const stage = lastStage(text);
  const one = (instruction: string): string => {
    const found = stage.filter((line) => line.startsWith(`${instruction} `));
    expect(found).toHaveLength(1);
    return found[0]?.slice(instruction.length + 1) ?? '';
  };

  let onTestEnd: () => void = () => undefined;
  afterEach(() => onTestEnd());

  test('has no fault that a validator knows', () => {
    expect(validate(text)).toEqual([]);
  });

  test('ends as a user that is not root, with a check of its health and without a shell around the program', () => {
    expect(one('USER')).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
    expect(JSON.parse(one('ENTRYPOINT'))[0]).toBe('node');
    expect(Array.isArray(JSON.parse(one('CMD')))).toBe(true);
    const check = /^(?:--\S+ )+CMD(.*)$/.exec(one('HEALTHCHECK'))?.[1] ?? '';
    expect(JSON.parse(check)[0]).toBe('node');
  });

  test('is built by the versions of this repository', () => {
    const base = /^ARG BASE=node:(\d+\.\d+\.\d+)-[a-z]+-slim(?:@sha256:[0-9a-f]{64})?$/m.exec(text)?.[1];
    expect(readFileSync(`${root}pnpm-workspace.yaml`, 'utf8')).toContain(`\n  node: ${base}\n`);
    const used = [...text.matchAll(/pnpm@(\S+)/g)].map(([, version]) => version);
    expect(new Set(used)).toEqual(new Set([packageJson.devEngines.packageManager.version]));
  });

  test('says the commit that it is told, `unknown` where it is told none, and is not built from another word', () => {
    const context = temporaryDirectory('image-context');
    onTestEnd = context.remove;
    // Of scripts/ only what .dockerignore lets in.
    const ignore = readFileSync(`${root}.dockerignore`, 'utf8');
    for (const [, file = ''] of ignore.matchAll(/^!(scripts\/.+)$/gm)) {
      cpSync(join(root, file), join(context.path, file));
    }
    const [, step = '', folder = ''] =
      /^ARG COMMIT\nRUN (\(cd (apps\/[a-z-]+) && .+\)) \\\n && .* deploy /m.exec(text) ?? [];
    const app = join(context.path, folder);
    mkdirSync(app, { recursive: true });
    const run = (commit: string) => {
      const env = { PATH: process.env.PATH, COMMIT: commit };
      const { status } = spawnSync('sh', ['-c', step], { cwd: context.path, env });
      const file = join(app, 'build.json');
      return [status, existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).commit : null];
    };
    expect(run('HEAD')).toEqual([2, null]);
    expect(run('')).toEqual([0, 'unknown']);
    expect(run('ab'.repeat(20))).toEqual([0, 'ab'.repeat(20)]);
  });
});
