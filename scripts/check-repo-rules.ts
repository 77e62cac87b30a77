/**
 * Rules of this repository that no general linter knows. Exits 1 and names file and line for each breach.
 *
 * What it does not catch: it reads text, not meaning. An import whose specifier is computed at run time, an
 * environment read through an alias of `process`, a secret that is not in PEM form, or a machine path that
 * is assembled from parts passes unseen.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;

interface Breach {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
}

const PACKAGE_OF_ROOM: Readonly<Record<string, string>> = {
  'packages/protocol': '@nyxera/federation-protocol',
  'packages/key-custody': '@nyxera/federation-key-custody',
  'packages/certificates': '@nyxera/federation-certificates',
  'packages/cli': '@nyxera/federation-cli',
  'packages/testing': '@nyxera/federation-testing',
  'apps/spectrastrike-agent': '@nyxera/spectrastrike-agent',
  'apps/vectorvue-gateway': '@nyxera/vectorvue-gateway',
  'apps/gateway-console': '@nyxera/gateway-console',
};

/** What the sources (not the tests) of a room may import of ours. Imports run one way: ARCHITECTURE.md, Rooms. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'packages/protocol': [],
  'packages/key-custody': ['packages/protocol'],
  'packages/certificates': ['packages/protocol', 'packages/key-custody'],
  'packages/cli': [],
  'packages/testing': ['packages/protocol', 'packages/key-custody'],
  'apps/spectrastrike-agent': [
    'packages/protocol',
    'packages/key-custody',
    'packages/certificates',
    'packages/cli',
  ],
  'apps/vectorvue-gateway': [
    'packages/protocol',
    'packages/key-custody',
    'packages/certificates',
    'packages/cli',
  ],
  // It runs in a browser: of ours it has what is pure.
  'apps/gateway-console': ['packages/protocol'],
};

const MAX_SOURCE_LINES = 400;
const P90_SOURCE_LINES = 250;

function trackedFiles(): string[] {
  const output = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return output.split('\0').filter((name) => name !== '');
}

function readText(file: string): string | null {
  try {
    const bytes = readFileSync(join(root, file));
    return bytes.includes(0) ? null : bytes.toString('utf8');
  } catch {
    return null; // deleted in the working tree but not yet in the index
  }
}

function importBreaches(file: string, lines: readonly string[]): Breach[] {
  const room = Object.keys(MAY_IMPORT).find((name) => file.startsWith(`${name}/src/`));
  if (room === undefined) return [];
  const allowed = (MAY_IMPORT[room] ?? []).map((name) => PACKAGE_OF_ROOM[name] ?? '');
  const own = PACKAGE_OF_ROOM[room] ?? '';
  const breaches: Breach[] = [];
  lines.forEach((text, index) => {
    const found = /(?:from|import)\s*\(?\s*['"](@nyxera\/[a-z-]+|(?:\.\.\/)+(?:packages|apps)\/[^'"]*)/.exec(
      text,
    );
    const target = found?.[1];
    if (target !== undefined && target !== own && !allowed.includes(target)) {
      breaches.push({ file, line: index + 1, rule: `${room} may not import ${target}` });
    }
  });
  return breaches;
}

function lineBreaches(file: string, lines: readonly string[]): Breach[] {
  const breaches: Breach[] = [];
  // The suites that start programs must hand an environment to them; they are no part of what is installed.
  const startsPrograms = /^packages\/(?:bench|faults|fuzz)\//.test(file);
  const isSource = /^(apps|packages)\/[^/]+\/src\//.test(file) && !startsPrograms;
  // main.ts may hand the environment over; only the configuration reads it.
  const isConfig = /\/src\/(?:main\.ts|config(\.ts|\/))/.test(file);
  const isTypeScript = /\.tsx?$/.test(file);
  const isLock = file === 'pnpm-lock.yaml';
  const isThisFile = file === 'scripts/check-repo-rules.ts';
  lines.forEach((text, index) => {
    const add = (rule: string): void => {
      breaches.push({ file, line: index + 1, rule });
    };
    if (isSource && !isConfig && isTypeScript && /\bprocess\.env\b/.test(text)) {
      add('only config.ts reads the environment');
    }
    if (isTypeScript && /\b(describe|test|it)\.only\(/.test(text)) add('a focused test hides all others');
    if (isTypeScript && /@ts-(?:ignore|nocheck)\b/.test(text) && !isThisFile)
      add('@ts-ignore hides a type error; use @ts-expect-error with a reason');
    if (!isLock && /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*(?:\\n)?[A-Za-z0-9+/]{32}/.test(text)) {
      add('a private key must not be committed');
    }
    if (/(?:^|[\s'"`(=])\/(?:work|root|home(?!\/x\/))\/[A-Za-z0-9._-]+\//.test(text))
      add('a path of one machine');
    if (/registry\.npmjs\.org|deb\.debian\.org/.test(text) && !isThisFile) {
      add('a registry host');
    }
  });
  const lastLine = lines[lines.length - 2] ?? '';
  if (/^-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----$/m.test(lines.join('\n')) && /END/.test(lastLine)) {
    breaches.push({ file, line: 1, rule: 'a private key must not be committed' });
  }
  return breaches;
}

/** A variable that the configuration reads but the README of its app does not name cannot be found by an operator. */
function undocumentedVariables(files: readonly string[]): Breach[] {
  const breaches: Breach[] = [];
  for (const app of ['apps/vectorvue-gateway', 'apps/spectrastrike-agent']) {
    const readme = readText(`${app}/README.md`) ?? '';
    const seen = new Set<string>();
    for (const file of files.filter((name) => name.startsWith(`${app}/src/config`))) {
      for (const found of (readText(file) ?? '').matchAll(
        /['"]((?:VV|VECTORVUE|SPECTRASTRIKE)_[A-Z0-9_]+)['"]/g,
      )) {
        const variable = found[1] ?? '';
        if (variable.endsWith('_') || seen.has(variable) || readme.includes(`\`${variable}\``)) continue;
        seen.add(variable);
        breaches.push({ file, line: 0, rule: `${variable} is missing from ${app}/README.md` });
      }
    }
  }
  return breaches;
}

/** A proof that SECURITY.md names must be there: a renamed test would leave a claim without one. */
function missingProofs(files: readonly string[]): Breach[] {
  const text = readText('SECURITY.md') ?? '';
  const named = [...text.matchAll(/`((?:packages|apps|scripts)\/[^`*]+\.ts)`/g)].map(
    (found) => found[1] ?? '',
  );
  return named
    .filter((file) => !files.includes(file))
    .map((file) => ({ file: 'SECURITY.md', line: 0, rule: `names ${file}, which is not there` }));
}

function main(): number {
  const files = trackedFiles();
  const breaches: Breach[] = [...undocumentedVariables(files), ...missingProofs(files)];
  const lengths: number[] = [];
  for (const file of files) {
    const text = readText(file);
    if (text === null) continue;
    const lines = text.split('\n');
    breaches.push(...importBreaches(file, lines), ...lineBreaches(file, lines));
    if (/^(apps|packages)\/[^/]+\/src\/.*\.tsx?$/.test(file)) {
      const count = lines.length - 1; // after the last newline there is no line
      lengths.push(count);
      if (count > MAX_SOURCE_LINES) {
        breaches.push({ file, line: count, rule: `longer than ${MAX_SOURCE_LINES} lines: split it` });
      }
    }
  }
  lengths.sort((a, b) => a - b);
  const at = (share: number): number => lengths[Math.floor(lengths.length * share)] ?? 0;
  if (at(0.9) > P90_SOURCE_LINES) {
    breaches.push({
      file: 'src',
      line: 0,
      rule: `90th percentile of source files is ${at(0.9)} lines, above ${P90_SOURCE_LINES}`,
    });
  }
  for (const breach of breaches) console.error(`${breach.file}:${breach.line}: ${breach.rule}`);
  console.log(
    `repository rules: ${lengths.length} source files, median ${at(0.5)} lines, 90th percentile ${at(0.9)}; ${breaches.length} breaches`,
  );
  return breaches.length === 0 ? 0 : 1;
}

process.exitCode = main();
