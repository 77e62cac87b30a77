import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TemporaryDirectory, temporaryDirectory } from '@nyxera/federation-testing';
import { Argument, Command, Option } from 'commander';
import { completionScript, SHELLS } from '../src/index.ts';

/** Has one of everything: groups, choices, paths, values that nobody knows, texts with quotes and colons. */
function sample(): Command {
  const program = new Command('sample-prog').description('a sample').option('-V, --version', 'version');
  const send = program.command('send').description("takes the user's report: all of it");
  send.argument('<report...>').option('--json', 'JSON');
  send.addOption(new Option('-f, --format <format>', 'which').choices(['nmap', 'nuclei', 'events']));
  send.option('--map <file>', 'a mapping').option('--wait <seconds>', 'how long');
  const key = program.command('key').description('keys');
  key
    .command('rotate')
    .description('$(touch pwned) `touch pwned` \\')
    .option('--tenant <id>', 'whose')
    .option('--json', 'JSON');
  key.command('list').description('list');
  program.command('completion').description('shells').addArgument(new Argument('<shell>').choices(SHELLS));
  return program;
}

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = temporaryDirectory('completion');
  for (const shell of SHELLS) {
    writeFileSync(join(directory.path, `it.${shell}`), completionScript(shell, sample()));
  }
  writeFileSync(join(directory.path, 'my report.xml'), '');
});
afterAll(() => directory.remove());

/** What the shell itself offers for the words, of which the last is being typed. */
const ASK: Readonly<Record<string, (words: readonly string[]) => readonly string[]>> = {
  bash: (words) => [
    '--norc',
    '-c',
    `source ./it.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sample_prog; printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash',
    ...words,
  ],
  // compadd and its like are only there within a completion: they are replaced by what tells what they were given.
  zsh: (words) => [
    '-f',
    '-c',
    `compdef() { :; }; source ./it.zsh; compadd() { shift; print -rl -- "$@"; }; _files() { print -r -- FILES; }
     _describe() { print -rl -- "\${(@)\${(P)2}%%:*}"; }
     words=("$@"); CURRENT=$#; PREFIX=\${words[-1]}; _sample_prog`,
    'zsh',
    ...words,
  ],
  fish: (words) => [
    '--no-config',
    '-c',
    `source ./it.fish; complete -C '${words.join(' ')}' | string split -f1 \\t`,
  ],
};

const CASES: readonly (readonly [string, readonly string[]])[] = [
  ['sample-prog |', ['send', 'key', 'completion']],
  ['sample-prog k|', ['key']],
  ['sample-prog key |', ['rotate', 'list']],
  ['sample-prog key rotate --t|', ['--tenant']],
  ['sample-prog send --format n|', ['nmap', 'nuclei']],
  ['sample-prog send -f e|', ['events']],
  ['sample-prog send --wait |', []],
  ['sample-prog send x --m|', ['--map']],
  ['sample-prog completion |', ['bash', 'zsh', 'fish']],
];

describe.each(SHELLS)('%s', (shell) => {
  const there = spawnSync(shell, ['-c', 'true']).status === 0 ? test : test.skip;
  const ask = (line: string): readonly string[] => {
    const words = line.replace('|', '').split(' ');
    const { stdout, stderr, status } = spawnSync(shell, ASK[shell]?.(words) ?? [], {
      cwd: directory.path,
      env: { PATH: process.env.PATH ?? '', HOME: directory.path, LC_ALL: 'C.UTF-8' },
      encoding: 'utf8',
    });
    expect([line, stderr]).toEqual([line, '']);
    expect(status).not.toBe(null);
    const typed = words.at(-1) ?? '';
    return stdout.split('\n').filter((one) => one !== '' && one.startsWith(typed));
  };

  there('offers commands, options and choices where they belong, and nothing where nothing is known', () => {
    const offered = CASES.map(([line]) => [line, [...ask(line)].sort()]);
    expect(offered).toEqual(CASES.map(([line, words]) => [line, [...words].sort()]));
  });
});

/** Of bash on a real terminal: a TAB completes the file, and quotes its blank. */
const hasScript = spawnSync('script', ['--version']).status === 0 ? test : test.skip;
hasScript('bash on a terminal: TAB completes a file argument and the value of a file option', () => {
  const typed =
    'source ./it.bash\nsample-prog() { printf "<%s>" "$@"; }\nsample-prog send my\t\nsample-prog send --map my\t\nexit\n';
  const { stdout } = spawnSync('script', ['-qec', 'bash --norc --noprofile -i', '/dev/null'], {
    cwd: directory.path,
    env: { PATH: process.env.PATH ?? '', HOME: directory.path, TERM: 'dumb', PS1: '' },
    input: typed,
    encoding: 'utf8',
  });
  expect(stdout).toContain('<send><my report.xml>');
  expect(stdout).toContain('<send><--map><my report.xml>');
});
