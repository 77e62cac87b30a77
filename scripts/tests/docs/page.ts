/**
 * Documents whose commands are run. What becomes of a block is written behind its language, where a reader of the source sees it:
 *
 *     ```sh                                   run, in order with the others, in one shell
 *     ```sh background until TEXT             started; the next one is run when it has said TEXT; ended with the page
 *     ```sh needs PROGRAM                     run where that program is installed
 *     ```yaml file NAME                       written to that file, where the shell is
 *     ```sh not run: REASON                   for reading; any language
 *
 * A block of another language without such words is explained by nothing, and `every-page.test.ts` fails.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isHere } from '../infra/tools.ts';

const root = new URL('../../../', import.meta.url).pathname;

export type Fate =
  | { readonly kind: 'run' }
  | { readonly kind: 'background'; readonly until: string }
  | { readonly kind: 'needs'; readonly program: string }
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'not run'; readonly reason: string }
  | { readonly kind: 'unexplained' };

export interface Block {
  readonly language: string;
  readonly words: string;
  /** Line of the fence in the page, from 1. */
  readonly line: number;
  readonly text: string;
  readonly fate: Fate;
}

export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly blocks: readonly Block[];
}

export function readPage(path: string): Page {
  const blocks: Block[] = [];
  const lines = readFileSync(`${root}${path}`, 'utf8').split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const [, fence, info = ''] = /^ {0,3}(`{3,}|~{3,})\s*(.*)$/.exec(lines[at] ?? '') ?? [];
    if (fence === undefined) continue;
    const begin = at + 1;
    do at += 1;
    while (at < lines.length && (lines[at] ?? '').trim() !== fence);
    if (at === lines.length) throw new Error(`${path}:${begin}: this block has no end`);
    const [, language = '', words = ''] = /^(\S*)\s*(.*)$/.exec(info) ?? [];
    const text = `${lines.slice(begin, at).join('\n')}\n`;
    blocks.push({ language, words, line: begin, text, fate: fateOf(language, words) });
  }
  return { path, blocks };
}

function fateOf(language: string, words: string): Fate {
  const reason = /^not run: (\S.*)$/.exec(words)?.[1];
  if (reason !== undefined) return { kind: 'not run', reason };
  const name = /^file ([A-Za-z0-9._-]+)$/.exec(words)?.[1];
  if (name !== undefined) return { kind: 'file', name };
  if (language !== 'sh') return { kind: 'unexplained' };
  if (words === '') return { kind: 'run' };
  const until = /^background until (\S.*)$/.exec(words)?.[1];
  if (until !== undefined) return { kind: 'background', until };
  const program = /^needs ([a-z0-9-]+)$/.exec(words)?.[1];
  return program === undefined ? { kind: 'unexplained' } : { kind: 'needs', program };
}

export interface Session {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whose rights it has, where not ours. */
  readonly account?: { readonly uid?: number; readonly gid?: number };
  /** Milliseconds for the whole page. */
  readonly patienceMs: number;
  /** A block that cannot be run on this machine; its test says so. */
  readonly leaveOut?: (block: Block) => boolean;
  /** What the page leaves to its reader: done before the block that holds this text. */
  readonly meanwhile?: readonly { readonly before: string; readonly script: string }[];
}

export interface Followed {
  /** Standard output of the block that holds this text. */
  after(text: string): string;
  /** All of it, block by block. */
  readonly said: readonly string[];
  readonly complaints: string;
}

/** Runs the page from top to bottom; throws with the block that failed and what it said. */
export async function followPage(page: Page, session: Session): Promise<Followed> {
  const blocks = page.blocks.filter(
    (block) => isFollowed(block) && !lacks(block) && !(session.leaveOut?.(block) ?? false),
  );
  const script = blocks.map(
    (block, at) => `echo "== block ${at}"\n${before(session, block)}${asScript(block, at)}`,
  );
  const finished = await runShell(`${script.join('\n')}\necho "== end"`, session);
  const said = finished.stdout.split(/^== (?:block \d+|end)\n/m).slice(1);
  if (finished.status !== 0 || said.length !== blocks.length + 1) {
    const last = blocks[said.length - 1];
    throw new Error(
      `${page.path}:${last?.line}: ended with ${finished.status} in\n${last?.text}\n${said.at(-1)}\n${finished.stderr.slice(-3000)}`,
    );
  }
  return {
    said,
    complaints: finished.stderr,
    after: (text) => {
      const at = blocks.findIndex((block) => block.text.includes(text));
      if (at < 0) throw new Error(`no block of ${page.path} that was run has ${text}`);
      return said[at] ?? '';
    },
  };
}

/** Whether anything is done with it here. */
export function isFollowed({ fate }: Block): boolean {
  return fate.kind !== 'not run' && fate.kind !== 'unexplained';
}

function lacks({ fate }: Block): boolean {
  if (fate.kind !== 'needs' || isHere(fate.program)) return false;
  console.warn(`${fate.program}: not on this machine, so a block that needs it is not run`);
  return true;
}

function before(session: Session, block: Block): string {
  const scripts = (session.meanwhile ?? []).filter((each) => block.text.includes(each.before));
  return scripts.map((each) => `${each.script}\n`).join('');
}

function asScript({ fate, text }: Block, at: number): string {
  if (fate.kind === 'file') return `cat > '${fate.name}' <<'END_OF_THE_FILE'\n${text}END_OF_THE_FILE`;
  if (fate.kind !== 'background') return text;
  const log = `background-${at}.log`;
  // It has a minute; one that ends before it said so will never say so.
  return `{\n${text}} > ${log} 2>&1 &
for _ in $(seq 600); do
  if grep -qF '${fate.until}' ${log}; then break; fi
  if ! kill -0 $! 2> /dev/null; then break; fi
  sleep 0.1
done
grep -qF '${fate.until}' ${log} || { cat ${log} >&2; exit 1; }
`;
}

/** Not `spawnSync`: programs that the test started are read by this process, and a pipe that nobody reads stops them. */
async function runShell(
  script: string,
  { cwd, env, account = {}, patienceMs }: Session,
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  // A group of its own, so that what runs in the background ends with it.
  const child = spawn('bash', ['-eu', '-o', 'pipefail', '-c', script], {
    cwd,
    env,
    ...account,
    detached: true,
  });
  const endGroup = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Nothing of it is left.
    }
  };
  const timer = setTimeout(endGroup, patienceMs);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // `exit`, and then the group: what it left in the background holds the pipes open.
  const status = await new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  endGroup();
  clearTimeout(timer);
  await new Promise<void>((resolve) => {
    if (child.stdout.closed && child.stderr.closed) resolve();
    else child.once('close', () => resolve());
  });
  return { status, stdout, stderr };
}
