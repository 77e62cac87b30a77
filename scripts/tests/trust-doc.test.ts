/** infra/trust/README.md is followed: its `sh` blocks, as written and in order, as one session between both programs. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { whyNoToken } from '@nyxera/federation-testing/soft-hsm';
import { REPORTS } from '../demo/federate.ts';
import { type Environment, PROGRAMS } from '../demo/processes.ts';
import { buildWorld, FOREIGN_TENANT, portOf, TENANT, type World } from '../demo/world.ts';

const page = readFileSync(new URL('../../infra/trust/README.md', import.meta.url), 'utf8');
const withoutToken = await whyNoToken();
if (withoutToken !== null) console.warn(`${withoutToken}: the page's block with a token is not run`);
const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
  .map(([, text = '']) => text)
  .filter((text) => withoutToken === null || !text.includes('softhsm2-util'));

const directory = temporaryDirectory('trust-doc');
let world: World;
let said: readonly string[] = [];
let complaints = '';

beforeAll(async () => {
  const softHsm = join(directory.path, 'softhsm2.conf');
  world = await buildWorld(directory.path, null, { SOFTHSM2_CONF: softHsm });
  const bin = join(directory.path, 'bin');
  const desk = join(directory.path, 'desk');
  mkdirSync(bin);
  mkdirSync(desk);
  for (const [name, program] of [
    ['vectorvue-gateway', PROGRAMS.gateway],
    ['spectrastrike-agent', PROGRAMS.agent],
  ] as const) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const session = blocks.map((text, at) => `echo "== block ${at}"\n${text}`).join('\n');
  const finished = await runSession(`${session}\necho "== end"`, desk, {
    ...world.gatewayEnvironment,
    PATH: `${bin}:${process.env.PATH}`,
    HOME: desk,
    TENANT,
    OTHER_TENANT: FOREIGN_TENANT,
    GATEWAY_URL: `https://localhost:${portOf(world.gateway.listen)}`,
    CA: join(directory.path, 'pki'),
    REPORT: REPORTS[0]?.file ?? '',
  });
  complaints = finished.stderr;
  said = finished.stdout.split(/^== (?:block \d+|end)\n/m).slice(1);
  if (finished.status !== 0 || said.length !== blocks.length + 1) {
    const last = blocks[said.length - 1];
    throw new Error(`ended with ${finished.status} in\n${last}\n${said.at(-1)}\n${complaints.slice(-3000)}`);
  }
}, 400_000);

afterAll(async () => {
  await world?.gateway.stop();
  directory.remove();
});

/** Not `spawnSync`: the gateway's log is read by this process, and a pipe that nobody reads stops it. */
async function runSession(
  script: string,
  cwd: string,
  env: Environment,
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn('bash', ['-eu', '-o', 'pipefail', '-c', script], { cwd, env, timeout: 300_000 });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const status = await new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return { status, stdout, stderr };
}

/** What the first block that holds this command said. */
function after(command: string): string {
  const at = blocks.findIndex((text) => text.includes(command));
  if (at < 0) throw new Error(`no block of the page has ${command}`);
  return said[at] ?? '';
}

/** Lines that a block printed, as cells. */
const rows = (text: string): readonly (readonly string[])[] =>
  text.split('\n').map((line) => line.split('\t'));

test('x', () => {
  for (const [at, text] of blocks.entries()) console.log(`${text}\n----\n${said[at]}`);
  console.log(complaints);
});
